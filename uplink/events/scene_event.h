// What is announced of a scene: that it can be had, or that it never will (docs/formats/events.md).
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "spool/journal.h"
#include "uplink/events/cloud_event.h"

namespace dl::uplink {

inline constexpr const char* kSceneAvailable = "org.downlinkd.scene.available";
inline constexpr const char* kSceneDropped = "org.downlinkd.scene.dropped";

// A larger item is not sent; the event then says where it is. Every publisher gets the same, and all of them take
// events of this size (Pub/Sub: 10 MB in a request, as base64).
inline constexpr std::size_t kLargestInlineItemBytes = std::size_t{1} << 20;

struct SceneEventOptions {
  std::string station;
  std::vector<EventTarget> targets;                    // one announcement each
  std::map<std::string, std::string> object_prefixes;  // destination -> prefix of its object names; missing: none
};

// Its attributes are also those of Google Cloud Storage's own object notification, so that a listener to either
// understands it; the data are item.json, or a reference to it. The same scene gives the same event, whenever and
// however often it is made: times are those of the journal.
std::vector<spool::Announcement> scene_announcements(const spool::DeliveredScene& delivered,
                                                     const SceneEventOptions& options);

// The tombstone of a scene that was given up undelivered.
std::vector<spool::Announcement> scene_dropped_announcements(const spool::DroppedScene& dropped,
                                                             const SceneEventOptions& options);

// Of location, object and generation: whoever listens to the bucket's own notifications as well can compute it and
// fold the two into one.
std::string event_id(const std::string& location, const std::string& object, const std::string& generation);

}  // namespace dl::uplink
