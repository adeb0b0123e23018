// What an operator does with many deliveries at once, parts of uploads, and settings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spool/journal_fixture.h"

namespace dl::spool {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

DeliverySelection of_delivery(std::int64_t id) {
  return {id, {}, {}, {}};
}
DeliverySelection of_scene(const std::string& id) {
  return {{}, id, {}, {}};
}
DeliverySelection of_pass(const std::string& id) {
  return {{}, {}, id, {}};
}
DeliverySelection of_destination(const std::string& name) {
  return {{}, {}, {}, name};
}

using JournalOperatorTest = JournalTest;

TEST_F(JournalOperatorTest, HeldDeliveriesAreNotOfferedUntilReleasedAndGoOnWhereTheyWere) {
  commit("scene-1", kTwoDestinations);
  commit("scene-2", kTwoDestinations);
  const std::int64_t id = due().back().id;
  ASSERT_TRUE(journal_->record_session(id, "https://session"));
  ASSERT_TRUE(journal_->record_progress(id, 3));
  EXPECT_EQ(journal_->hold_deliveries(of_scene("scene-1")).value(), 6U);
  EXPECT_EQ(journal_->hold_deliveries(of_scene("scene-1")).value(), 0U) << "they are already";
  EXPECT_THAT(due_assets(), ElementsAre("scene-2/band-1.tif", "scene-2/band-2.tif"));
  EXPECT_EQ(due_assets("archive").size(), 2U);
  reopen();
  EXPECT_EQ(due_assets().size(), 2U) << "a hold outlives a restart";
  EXPECT_EQ(journal_->counts().value().deliveries_on_hold, 6U);
  EXPECT_EQ(journal_->delivery_counts().value()["bucket"].on_hold, 3U);
  static_cast<void>(journal_->take_new_work());

  EXPECT_EQ(journal_->release_deliveries(of_destination("bucket")).value(), 3U);
  EXPECT_TRUE(journal_->take_new_work().deliveries);
  EXPECT_EQ(due_assets().size(), 4U);
  EXPECT_EQ(due_assets("archive").size(), 2U);
  EXPECT_EQ(journal_->delivery(id).value()->session, "https://session");
  EXPECT_EQ(journal_->delivery(id).value()->committed_bytes, 3U);
}

TEST_F(JournalOperatorTest, HeldDeliveryStillWaitsForNothingButTheRelease) {
  commit("scene-1");
  const std::int64_t id = due()[0].id;
  ASSERT_TRUE(journal_->postpone_delivery(id, clock_.now() + Seconds(30), "503"));
  ASSERT_TRUE(journal_->hold_deliveries(of_delivery(id)));
  EXPECT_FALSE(journal_->next_delivery_time("bucket").value().has_value()) << "nobody must wake up for it";
  ASSERT_TRUE(journal_->hold_deliveries({}));
  EXPECT_THAT(due_assets(), IsEmpty());
}

TEST_F(JournalOperatorTest, ReleaseQueuesWhatIsParkedFromTheStart) {
  commit("scene-1");
  const Delivery first = due()[0];
  const Delivery second = due()[1];
  for (const Delivery& each : {first, second}) {
    ASSERT_TRUE(journal_->record_session(each.id, "https://session"));
    ASSERT_TRUE(journal_->record_progress(each.id, 3));
    ASSERT_TRUE(journal_->park_delivery(each.id, "conflict", "another object is there"));
  }
  EXPECT_EQ(journal_->delivery(first.id).value()->parked_kind, "conflict");
  EXPECT_EQ(journal_->release_deliveries(of_delivery(first.id)).value(), 1U);
  EXPECT_EQ(journal_->delivery(first.id).value()->state, DeliveryState::queued);
  EXPECT_EQ(journal_->delivery(first.id).value()->session, "");
  EXPECT_EQ(journal_->delivery(first.id).value()->committed_bytes, 0U);
  EXPECT_EQ(journal_->delivery(first.id).value()->parked_kind, "");
  EXPECT_EQ(journal_->delivery(second.id).value()->state, DeliveryState::parked);
  EXPECT_EQ(journal_->release_deliveries({}).value(), 1U);
}

TEST_F(JournalOperatorTest, RetryMakesPostponedOnesDueAtOnce) {
  commit("scene-1", kTwoDestinations);
  for (const char* destination : {"bucket", "archive"}) {
    const auto open = due(destination);
    for (const Delivery& each : open) {
      ASSERT_TRUE(journal_->postpone_delivery(each.id, clock_.now() + Seconds(600), "503"));
    }
  }
  EXPECT_THAT(due_assets(), IsEmpty());
  EXPECT_EQ(journal_->retry_deliveries(of_destination("archive")).value(), 2U);
  EXPECT_THAT(due_assets(), IsEmpty());
  EXPECT_EQ(due_assets("archive").size(), 2U);
  EXPECT_EQ(journal_->retry_deliveries({}).value(), 2U);
  EXPECT_EQ(due_assets().size(), 2U);
}

TEST_F(JournalOperatorTest, WhatIsConfirmedOrDroppedIsNotTouched) {
  commit("scene-1");
  confirm_all("bucket");
  commit("scene-2");
  ASSERT_TRUE(journal_->drop_scene("scene-2", "quota", [](const auto&) { return std::vector<Announcement>(); }));
  EXPECT_EQ(journal_->hold_deliveries({}).value(), 0U);
  EXPECT_EQ(journal_->release_deliveries({}).value(), 0U);
  EXPECT_EQ(journal_->retry_deliveries({}).value(), 0U);
  EXPECT_EQ(journal_->prioritise_deliveries({}, true).value(), 0U);
}

TEST_F(JournalOperatorTest, SelectionIsNarrowedByEverythingThatItNames) {
  commit("scene-1", kTwoDestinations);
  commit("scene-2", kTwoDestinations);
  EXPECT_EQ(journal_->hold_deliveries({{}, "scene-1", {}, "archive"}).value(), 3U);
  EXPECT_EQ(journal_->hold_deliveries({{}, "scene-1", "pass-2", {}}).value(), 0U);
  EXPECT_EQ(journal_->hold_deliveries(of_pass("pass-1")).value(), 9U);
  EXPECT_EQ(journal_->hold_deliveries(of_scene("nowhere")).value(), 0U);
}

TEST_F(JournalOperatorTest, PagesGoThroughAllOnce) {
  for (const char* id : {"scene-1", "scene-2", "scene-3"}) commit(id, kTwoDestinations);
  std::vector<std::int64_t> seen;
  while (true) {
    const auto page = journal_->deliveries_after(seen.empty() ? 0 : seen.back(), {}, {}, 4).value();
    for (const Delivery& each : page) seen.push_back(each.id);
    if (page.size() < 4) break;
  }
  EXPECT_EQ(seen.size(), 18U);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  ASSERT_TRUE(journal_->park_delivery(seen[4], "permanent", "403"));
  const auto parked = journal_->deliveries_after(0, {}, DeliveryState::parked, 10).value();
  ASSERT_EQ(parked.size(), 1U);
  EXPECT_EQ(parked[0].id, seen[4]);
  EXPECT_EQ(journal_->deliveries_after(0, {{}, "scene-2", {}, "archive"}, DeliveryState::queued, 10).value().size(),
            3U);
}

// Parts

TEST_F(JournalOperatorTest, PartsBelongToTheirSession) {
  commit("scene-1");
  const std::int64_t id = due()[0].id;
  EXPECT_EQ(journal_->record_part(id, {1, 5, "\"e1\"", 7}).error().kind, ErrorKind::permanent) << "no session yet";
  ASSERT_TRUE(journal_->record_session(id, "upload-1"));
  ASSERT_TRUE(journal_->record_part(id, {2, 5, "\"e2\"", 8}));
  ASSERT_TRUE(journal_->record_part(id, {1, 5, "\"old\"", 7}));
  ASSERT_TRUE(journal_->record_part(id, {1, 6, "\"e1\"", 9}));
  reopen();
  const auto parts = journal_->delivery_parts(id).value();
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].number, 1U);
  EXPECT_EQ(parts[0].tag, "\"e1\"") << "the same number again replaces";
  EXPECT_EQ(parts[0].size_bytes, 6U);
  EXPECT_EQ(parts[0].crc32c, 9U);
  EXPECT_EQ(parts[1].number, 2U);

  ASSERT_TRUE(journal_->record_session(id, "upload-1"));
  EXPECT_EQ(journal_->delivery_parts(id).value().size(), 2U) << "the same session again";
  ASSERT_TRUE(journal_->record_session(id, "upload-2"));
  EXPECT_THAT(journal_->delivery_parts(id).value(), IsEmpty());
}

TEST_F(JournalOperatorTest, PartsGoWithTheSessionHoweverItEnds) {
  commit("scene-1");
  const auto begin = [&](std::int64_t id) {
    ASSERT_TRUE(journal_->record_session(id, "upload"));
    ASSERT_TRUE(journal_->record_part(id, {1, 5, "e", 7}));
  };
  const std::int64_t first = due()[0].id;
  const std::int64_t second = due()[1].id;
  begin(first);
  ASSERT_TRUE(journal_->park_delivery(first, "permanent", "403"));
  ASSERT_TRUE(journal_->release_delivery(first));
  EXPECT_THAT(journal_->delivery_parts(first).value(), IsEmpty()) << "released";
  begin(first);
  ASSERT_TRUE(confirm(*journal_->delivery(first).value()));
  EXPECT_THAT(journal_->delivery_parts(first).value(), IsEmpty()) << "confirmed";
  begin(second);
  ASSERT_TRUE(journal_->quarantine_scene("scene-1", "rot"));
  EXPECT_THAT(journal_->delivery_parts(second).value(), IsEmpty()) << "quarantined";
}

// Settings

TEST_F(JournalOperatorTest, SettingOutlivesARestartAndAnEmptyOneIsForgotten) {
  EXPECT_FALSE(journal_->setting("bandwidth").value().has_value());
  ASSERT_TRUE(journal_->put_setting("bandwidth", "2 MB/s"));
  ASSERT_TRUE(journal_->put_setting("bandwidth", "1 MB/s"));
  reopen();
  EXPECT_EQ(journal_->setting("bandwidth").value(), "1 MB/s");
  ASSERT_TRUE(journal_->put_setting("bandwidth", ""));
  EXPECT_FALSE(journal_->setting("bandwidth").value().has_value());
}

// Incidents

TEST_F(JournalOperatorTest, IncidentIsAnnouncedWhenItOpensAndWhenItClosesAndNotInBetween) {
  journal_->announce_incidents([](const Incident& incident, bool opened) {
    Announcement event = make_announcement((opened ? "opened-" : "closed-") + std::to_string(incident.id));
    event.payload = incident.message;
    EXPECT_EQ(incident.closed_at.has_value(), !opened);
    return std::vector<Announcement>{event};
  });
  ASSERT_TRUE(journal_->open_incident("disk_low", "spool", "9 MB left", "free space"));
  ASSERT_TRUE(journal_->open_incident("disk_low", "spool", "8 MB left", "free space"));
  EXPECT_THAT(due_events(), ElementsAre("opened-1"));
  ASSERT_TRUE(journal_->close_incident("disk_low", "spool"));
  ASSERT_TRUE(journal_->close_incident("disk_low", "spool"));
  EXPECT_THAT(due_events(), ElementsAre("opened-1", "closed-1"));
  EXPECT_EQ(journal_->due_announcements("events", 9).value()[1].payload, "8 MB left");
  EXPECT_TRUE(journal_->take_new_work().announcements);
}

}  // namespace
}  // namespace dl::spool
