// For tests: a journal in a folder of its own, with scenes that have files, and short words for what is done with it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "spool/journal.h"
#include "spool/test_scenes.h"

namespace dl::spool {

inline const std::vector<DeliveryTarget> kTwoDestinations = {"bucket", "archive"};

class JournalTest : public testing::Test {
 protected:
  void SetUp() override { reopen(); }

  void reopen() {
    journal_.reset();
    auto opened = Journal::open(path_, clock_);
    ASSERT_TRUE(opened) << opened.error().message;
    journal_ = std::move(*opened);
  }

  SceneManifest commit(const std::string& id, const std::vector<DeliveryTarget>& destinations = {"bucket"}) {
    SceneManifest manifest = make_manifest(id);
    const auto folder = write_assets(folder_.path(), manifest);
    const auto committed = journal_->commit_scene(manifest, "pass-1", folder, destinations);
    EXPECT_TRUE(committed) << committed.error().message;
    EXPECT_TRUE(committed.value_or(false));
    return manifest;
  }

  std::vector<Delivery> due(const std::string& destination = "bucket", std::size_t limit = 100) {
    return journal_->due_deliveries(destination, limit).value();
  }
  std::vector<std::string> due_assets(const std::string& destination = "bucket") {
    std::vector<std::string> names;
    for (const Delivery& delivery : due(destination)) names.push_back(delivery.scene_id + "/" + delivery.asset);
    return names;
  }
  Result<bool> confirm(const Delivery& delivery) {
    return journal_->confirm_delivery(delivery.id, {"generation-1", delivery.destination + "-location"}, announce_once);
  }
  void confirm_all(const std::string& destination) {
    for (std::vector<Delivery> open = due(destination); !open.empty(); open = due(destination)) {
      const auto confirmed = confirm(open.front());
      ASSERT_TRUE(confirmed) << confirmed.error().message;
    }
  }
  std::vector<std::string> due_events(std::size_t limit = 100) {
    std::vector<std::string> ids;
    const std::vector<Announcement> due = journal_->due_announcements("events", limit).value();
    for (const Announcement& each : due) ids.push_back(each.event_id);
    return ids;
  }
  std::int64_t sequence_of(const std::string& event_id) {
    const std::vector<Announcement> all = journal_->announcements(1000).value();
    for (const Announcement& each : all) {
      if (each.event_id == event_id) return each.sequence;
    }
    return 0;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "journal.db";
  ManualClock clock_{test_start()};
  std::unique_ptr<Journal> journal_;
};

}  // namespace dl::spool
