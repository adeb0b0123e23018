// The announcement of a delivered scene: a CloudEvent in binary mode whose attributes are also those of Google Cloud
// Storage's own object notification, so that a listener to either understands it (docs/formats/events.md).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "spool/journal.h"

namespace dl::uplink {

inline constexpr const char* kSceneAvailable = "org.downlinkd.scene.available";

struct EventTarget {
  std::string publisher;  // name of the configured publisher
  bool ordered = false;   // with the ordering key "<station>/<platform>/<instrument>"
};

struct SceneEventOptions {
  std::string station;
  std::vector<EventTarget> targets;                    // one announcement each
  std::map<std::string, std::string> object_prefixes;  // destination -> prefix of its object names; missing: none
};

// The same scene gives the same event, whenever and however often it is made: times are those of the journal.
std::vector<spool::Announcement> scene_announcements(const spool::DeliveredScene& delivered,
                                                     const SceneEventOptions& options);

// First 32 hex digits of sha256(location + "\n" + object + "\n" + generation): whoever listens to the bucket's own
// notifications as well can compute it and fold the two into one.
std::string event_id(const std::string& location, const std::string& object, const std::string& generation);

}  // namespace dl::uplink
