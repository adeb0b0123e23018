#include "uplink/event_limits.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace dl::uplink {
namespace {

Failure broken(const spool::Announcement& event, const std::string& limit) {
  return fail(ErrorKind::permanent, fmt::format("event '{}' cannot be published: {}", event.event_id, limit));
}

bool begins_with_goog(const std::string& key) {
  constexpr std::string_view kReserved = "goog";
  return key.size() >= kReserved.size() &&
         std::equal(kReserved.begin(), kReserved.end(), key.begin(),
                    [](char reserved, char c) { return reserved == std::tolower(static_cast<unsigned char>(c)); });
}

}  // namespace

Result<Attributes> parse_attributes(const std::string& attributes_json) {
  const auto json = nlohmann::json::parse(attributes_json, nullptr, false);
  if (!json.is_object()) return fail(ErrorKind::corrupt, "the event's attributes are not a JSON object");
  Attributes attributes;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string())
      return fail(ErrorKind::corrupt, fmt::format("the event's attribute '{}' is no string", key));
    attributes.emplace(key, value.get<std::string>());
  }
  return attributes;
}

std::size_t request_bytes(const spool::Announcement& event) {
  constexpr std::size_t kFraming = 128;  // braces, member names, commas
  const std::size_t base64 = (event.payload.size() + 2) / 3 * 4;
  // Every byte of a key could be escaped as \u00XX.
  return base64 + event.attributes_json.size() + 6 * event.ordering_key.size() + kFraming;
}

Result<void> check_event_limits(const spool::Announcement& event) {
  DL_TRY(const Attributes attributes, parse_attributes(event.attributes_json));
  if (attributes.size() > kMostAttributes) {
    return broken(event, fmt::format("{} attributes, at most {}", attributes.size(), kMostAttributes));
  }
  if (attributes.empty() && event.payload.empty()) return broken(event, "it has neither data nor attributes");
  for (const auto& [key, value] : attributes) {
    if (key.empty() || key.size() > kLongestAttributeKeyBytes) {
      return broken(event,
                    fmt::format("an attribute key has {} bytes, 1 to {}", key.size(), kLongestAttributeKeyBytes));
    }
    if (begins_with_goog(key)) return broken(event, fmt::format("attribute key '{}' begins with 'goog'", key));
    if (value.size() > kLongestAttributeValueBytes) {
      return broken(event, fmt::format("the value of attribute '{}' has {} bytes, at most {}", key, value.size(),
                                       kLongestAttributeValueBytes));
    }
  }
  if (event.ordering_key.size() > kLongestOrderingKeyBytes) {
    return broken(event, fmt::format("the ordering key has {} bytes, at most {}", event.ordering_key.size(),
                                     kLongestOrderingKeyBytes));
  }
  if (request_bytes(event) > kLargestRequestBytes) {
    return broken(
        event, fmt::format("it needs {} bytes, a request has at most {}", request_bytes(event), kLargestRequestBytes));
  }
  return {};
}

}  // namespace dl::uplink
