#include "uplink/events/cloud_event.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/sha256.h"

namespace dl::uplink {
namespace {

// As much as a Pub/Sub attribute holds (pubsub_message.h), and no half of a character.
std::string cut(const std::string& text) {
  constexpr std::size_t kMost = 1024;
  if (text.size() <= kMost) return text;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

Attributes attributes_of(const CloudEvent& event) {
  Attributes attributes = event.extensions;
  attributes["ce-specversion"] = "1.0";
  attributes["ce-id"] = event.id;
  attributes["ce-source"] = "//downlinkd/" + event.station;
  attributes["ce-type"] = event.type;
  attributes["ce-subject"] = cut(event.subject);
  attributes["ce-time"] = format_utc(event.time);
  attributes["content-type"] = event.content_type;
  attributes["station"] = event.station;
  // To CloudEvents an attribute without a value is one that is not there.
  std::erase_if(attributes, [](const auto& attribute) { return attribute.second.empty(); });
  return attributes;
}

}  // namespace

std::vector<spool::Announcement> announcements_of(const CloudEvent& event, const std::vector<EventTarget>& targets) {
  const std::string attributes =
      nlohmann::json(attributes_of(event)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::vector<spool::Announcement> made;
  for (const EventTarget& target : targets) {
    spool::Announcement announcement;
    announcement.event_id = event.id;
    announcement.type = event.type;
    announcement.publisher = target.publisher;
    announcement.scene_id = event.scene_id;
    announcement.pass_id = event.pass_id;
    if (target.ordered) announcement.ordering_key = event.ordering_key;
    announcement.attributes_json = attributes;
    announcement.payload = event.data;
    announcement.created_at = event.time;
    made.push_back(std::move(announcement));
  }
  return made;
}

std::string event_id_of(std::initializer_list<std::string_view> parts) {
  constexpr std::size_t kDigits = 32;  // 128 bits
  return sha256_hex(as_bytes(fmt::format("{}", fmt::join(parts, "\n")))).substr(0, kDigits);
}

Result<Attributes> parse_attributes(const std::string& attributes_json) {
  const auto json = nlohmann::json::parse(attributes_json, nullptr, false);
  if (!json.is_object()) return fail(ErrorKind::corrupt, "the event's attributes are not a JSON object");
  Attributes attributes;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) {
      return fail(ErrorKind::corrupt, fmt::format("the event's attribute '{}' is no string", key));
    }
    attributes.emplace(key, value.get<std::string>());
  }
  return attributes;
}

std::string extension_name(std::string_view attribute) {
  std::string name;
  for (const char c : attribute) {
    if (c >= 'A' && c <= 'Z') name += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) name += c;
  }
  return name;
}

}  // namespace dl::uplink
