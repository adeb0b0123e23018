// A CloudEvent as the outbox keeps it: what docs/formats/events.md promises of every type.
// Sources: CloudEvents 1.0.2 (core specification), its HTTP binding, and Google's Pub/Sub binding (a working draft).
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/time.h"
#include "spool/journal.h"

namespace dl::uplink {

using Attributes = std::map<std::string, std::string>;

struct EventTarget {
  std::string publisher;  // name of the configured publisher
  bool ordered = false;   // with the event's ordering key
};

struct CloudEvent {
  std::string id;            // the same whenever and however often the event is made
  std::string type;          // "org.downlinkd.scene.available"
  std::string station;       // becomes ce-source "//downlinkd/<station>", and an attribute
  std::string subject;       // in its source; cut to what a Pub/Sub attribute holds
  UtcTime time{};            // when it happened
  std::string content_type;  // of data
  Attributes extensions;     // by their names on Pub/Sub: "scene_id", "bucketId"
  std::string data;          // JSON text
  std::string ordering_key;  // for targets that are ordered
  std::string scene_id;      // of the announcement's row; empty when it is not about one
  std::string pass_id;
};

// One announcement for each target, equal but for publisher and ordering key. The attributes are those of a message in
// binary mode: "ce-" before the names of the core attributes, "content-type" for datacontenttype, the rest plain.
std::vector<spool::Announcement> announcements_of(const CloudEvent& event, const std::vector<EventTarget>& targets);

// First 32 hex digits of the SHA-256 of the parts with a newline between them.
std::string event_id_of(std::initializer_list<std::string_view> parts);

// Kind corrupt when it is not a flat object of strings.
Result<Attributes> parse_attributes(const std::string& attributes_json);

// The name as CloudEvents wants it of an extension, for transports that carry nothing else: lower-case letters and
// digits. "scene_id" -> "sceneid", "bucketId" -> "bucketid".
std::string extension_name(std::string_view attribute);

}  // namespace dl::uplink
