// For tests: the invariants of spool/journal.h, checked over everything that a journal holds.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "spool/journal.h"

namespace dl::spool {

// For scenes of make_manifest() with `destinations` destinations each, announced by announce_once().
inline void check_invariants(Journal& journal, std::size_t destinations) {
  constexpr std::size_t kEverything = 1000000;
  std::map<std::string, std::vector<Delivery>> deliveries;
  const std::vector<Delivery> all = journal.deliveries(kEverything).value();
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
      if (each.asset != "item.json" || each.state == DeliveryState::queued) continue;
      ASSERT_EQ(others_open[each.destination], 0U) << "J4: " << scene.id;
    }
    const bool delivered = scene.state == SceneState::delivered;
    ASSERT_EQ(delivered, confirmed == own.size()) << "J3: " << scene.id;
    ASSERT_EQ(events["event-of-" + scene.id], delivered ? 1U : 0U) << "J3, J5: " << scene.id;
  }
  ASSERT_EQ(owned, all.size()) << "J1: deliveries of no scene";
}

}  // namespace dl::spool
