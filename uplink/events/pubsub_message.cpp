#include "uplink/events/pubsub_message.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "uplink/events/cloud_event.h"

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

std::string dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// The message around its data.
struct Frame {
  std::string before;
  std::string after;
};

Result<Frame> frame_of(const spool::Announcement& event) {
  DL_TRY(const Attributes attributes, parse_attributes(event.attributes_json));
  Frame frame{"{", ""};
  if (!attributes.empty()) frame.before += "\"attributes\":" + dump(attributes);
  if (!event.payload.empty()) {
    frame.before += frame.before.size() > 1 ? ",\"data\":\"" : "\"data\":\"";
    frame.after = "\"";
  }
  if (!event.ordering_key.empty()) {
    const bool first = frame.before.size() == 1;
    frame.after += (first ? "\"orderingKey\":" : ",\"orderingKey\":") + dump(event.ordering_key);
  }
  frame.after += "}";
  return frame;
}

std::size_t bytes_of(const Frame& frame, const spool::Announcement& event) {
  const std::size_t base64 = (event.payload.size() + 2) / 3 * 4;
  return frame.before.size() + base64 + frame.after.size();
}

}  // namespace

Result<std::string> pubsub_message(const spool::Announcement& event) {
  DL_TRY(const Frame frame, frame_of(event));
  return frame.before + base64_encode(as_bytes(event.payload)) + frame.after;
}

std::size_t pubsub_message_bytes(const spool::Announcement& event) {
  const auto frame = frame_of(event);
  return frame ? bytes_of(*frame, event) : 0;
}

Result<void> check_pubsub_limits(const spool::Announcement& event) {
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
  const std::size_t bytes = kRequestEnvelopeBytes + pubsub_message_bytes(event);
  if (bytes > kLargestRequestBytes) {
    return broken(event, fmt::format("it needs {} bytes, a request has at most {}", bytes, kLargestRequestBytes));
  }
  return {};
}

}  // namespace dl::uplink
