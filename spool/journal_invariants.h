// For tests: the invariants of spool/journal.h, checked over everything that a journal holds.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "spool/journal.h"

namespace dl::spool {

// The table of totals against the rows that it counts.
inline void check_totals(Journal& journal, const std::vector<Delivery>& all) {
  std::map<std::string, QueueCounts> counted;
  for (const Delivery& each : all) {
    QueueCounts& queue = counted[each.destination];
    const bool open = each.state != DeliveryState::confirmed && each.state != DeliveryState::dropped;
    if (each.state == DeliveryState::queued) ++queue.queued;
    if (each.state == DeliveryState::uploading) ++queue.uploading;
    if (each.state == DeliveryState::parked) ++queue.parked;
    if (each.state == DeliveryState::dropped) ++queue.dropped;
    if (each.state == DeliveryState::confirmed) ++queue.done;
    if (open && each.on_hold) ++queue.on_hold;
    if (open) queue.bytes_waiting += each.size_bytes - each.committed_bytes;
  }
  const auto told = journal.delivery_counts().value();
  ASSERT_EQ(told.size(), counted.size());
  for (const auto& [destination, queue] : told) {
    const QueueCounts& expected = counted[destination];
    ASSERT_EQ(queue.queued, expected.queued) << destination;
    ASSERT_EQ(queue.uploading, expected.uploading) << destination;
    ASSERT_EQ(queue.parked, expected.parked) << destination;
    ASSERT_EQ(queue.dropped, expected.dropped) << destination;
    ASSERT_EQ(queue.done, expected.done) << destination;
    ASSERT_EQ(queue.on_hold, expected.on_hold) << destination;
    ASSERT_EQ(queue.bytes_waiting, expected.bytes_waiting) << destination;
  }
}

// For scenes of make_manifest() with `destinations` required destinations each, announced by announce_once(), given up
// with announce_drop_once().
inline void check_invariants(Journal& journal, std::size_t destinations) {
  constexpr std::size_t kEverything = 1000000;
  std::map<std::string, std::vector<Delivery>> deliveries;
  const std::vector<Delivery> all = journal.deliveries(kEverything).value();
  ASSERT_NO_FATAL_FAILURE(check_totals(journal, all));
  for (const Delivery& each : all) deliveries[each.scene_id].push_back(each);
  std::map<std::string, std::size_t> events;
  const std::vector<Announcement> outbox = journal.announcements(kEverything).value();
  for (const Announcement& each : outbox) ++events[each.event_id];

  std::size_t owned = 0;
  const std::vector<SceneRow> scenes = journal.scenes(kEverything).value();
  for (const SceneRow& scene : scenes) {
    const std::vector<Delivery>& own = deliveries[scene.id];
    ASSERT_EQ(own.size(), scene.assets * destinations) << "J1: " << scene.id;
    owned += own.size();
    std::size_t confirmed = 0;
    std::map<std::string, std::size_t> others_open;
    for (const Delivery& each : own) {
      if (each.state == DeliveryState::confirmed) ++confirmed;
      if (each.state != DeliveryState::confirmed && each.asset != "item.json") ++others_open[each.destination];
      ASSERT_LE(each.committed_bytes, each.size_bytes) << "J6: " << scene.id;
    }
    for (const Delivery& each : own) {
      if (each.asset != "item.json" || each.state == DeliveryState::queued || scene.state == SceneState::dropped)
        continue;
      ASSERT_EQ(others_open[each.destination], 0U) << "J4: " << scene.id;
    }
    const bool delivered = scene.state == SceneState::delivered;
    ASSERT_EQ(delivered, confirmed == own.size()) << "J3: " << scene.id;
    ASSERT_EQ(events["event-of-" + scene.id], delivered ? 1U : 0U) << "J3, J5: " << scene.id;
    const bool dropped = scene.state == SceneState::dropped;
    ASSERT_EQ(events["drop-of-" + scene.id], dropped ? 1U : 0U) << "J7, J5: " << scene.id;
    ASSERT_EQ(scene.drop_reason.empty(), !dropped) << "J7: " << scene.id;
    for (const Delivery& each : own) {
      const bool given_up = each.state == DeliveryState::dropped;
      ASSERT_EQ(given_up, dropped && each.state != DeliveryState::confirmed) << "J7: " << scene.id;
    }
  }
  ASSERT_EQ(owned, all.size()) << "J1: deliveries of no scene";
}

}  // namespace dl::spool
