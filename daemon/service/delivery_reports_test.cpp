#include "daemon/service/delivery_reports.h"

#include <gtest/gtest.h>

#include "daemon/service/drop.h"
#include "spool/test_scenes.h"

namespace dl::daemon {
namespace {

using control::Command;
using control::Request;

class DeliveryReportsTest : public testing::Test {
 protected:
  DeliveryReportsTest() : journal_(spool::Journal::open(folder_ / "journal.db", clock_).value()) {
    for (const char* id : {"scene-1", "scene-2"})
      EXPECT_TRUE(journal_->commit_scene(spool::make_manifest(id), "pass-1", folder_ / id, {"near", "far"}).value());
  }
  Result<control::ChangeReport> change(Command command, control::Selection selection) {
    Request request;
    request.command = command;
    request.selection = std::move(selection);
    auto report = change_deliveries(*journal_, request);
    if (!report) return Failure(report.error());
    return std::get<control::ChangeReport>(*report);
  }
  std::vector<control::DeliveryRow> search(const std::string& state, std::uint32_t limit) {
    Request request;
    request.state = state;
    request.limit = limit;
    DeliverySearch search(request);
    while (search.add(search.next_page(*journal_).value())) continue;
    return search.take_report(UtcTime{}).deliveries;
  }
  static control::Selection scene(const std::string& id) {
    control::Selection selection;
    selection.scene_id = id;
    return selection;
  }
  static control::Selection everything() {
    control::Selection selection;
    selection.everything = true;
    return selection;
  }

  spool::TemporaryFolder folder_;
  SystemClock clock_;
  std::unique_ptr<spool::Journal> journal_;
};

TEST_F(DeliveryReportsTest, WhatIsHeldIsShownAsHeldUntilItIsReleased) {
  EXPECT_EQ(change(Command::hold, scene("scene-1"))->deliveries_changed, 6U);
  EXPECT_EQ(search("held", 50).size(), 6U);
  EXPECT_EQ(search("queued", 50).size(), 6U);
  const auto released = change(Command::release, everything()).value();
  EXPECT_EQ(released.deliveries_changed, 6U);
  EXPECT_EQ(released.selection, "everything");
  EXPECT_TRUE(search("held", 50).empty());
}

TEST_F(DeliveryReportsTest, ASearchKeepsTheNewest) {
  const auto newest = search("", 2);
  ASSERT_EQ(newest.size(), 2U);
  EXPECT_EQ(newest[0].id, 12);
  EXPECT_EQ(newest[1].id, 11);
}

TEST_F(DeliveryReportsTest, WhatIsNamedAndNotThereIsSaidToBe) {
  control::Selection selection;
  selection.delivery = 99;
  EXPECT_EQ(change(Command::hold, selection).error().message, "there is no delivery 99; 'deliveries' lists them");
  EXPECT_EQ(change(Command::retry, scene("x")).error().message, "there is no scene 'x'; 'scenes' lists them");
  selection = {};
  selection.destination = "moon";
  EXPECT_EQ(change(Command::hold, selection).error().kind, ErrorKind::permanent);
}

TEST_F(DeliveryReportsTest, ParkedEventsAreReleasedByNumberAndTogetherWithEverything) {
  ASSERT_TRUE(journal_->add_announcement(spool::make_announcement("e1")));
  ASSERT_TRUE(journal_->park_announcement(1, "too large"));
  EXPECT_EQ(change(Command::release, scene("scene-2"))->announcements_changed, 0U);
  EXPECT_EQ(change(Command::release, everything())->announcements_changed, 1U);
  ASSERT_TRUE(journal_->park_announcement(1, "too large"));
  control::Selection event;
  event.event = 1;
  EXPECT_EQ(change(Command::release, event)->announcements_changed, 1U);
  EXPECT_EQ(journal_->announcements()->front().state, spool::AnnouncementState::pending);
}

TEST_F(DeliveryReportsTest, ADropIsPlannedWithWhatFollowsFromIt) {
  Request request;
  request.command = Command::drop;
  request.selection = scene("scene-1");
  const auto plan = scenes_to_drop(*journal_, request);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_TRUE(plan->dry_run);
  ASSERT_EQ(plan->rows.size(), 1U);
  EXPECT_EQ(plan->rows[0].objects_missing, 6U);
  EXPECT_EQ(plan->scenes_that_cannot_be_made_again, 1U) << "there is no such pass, so no recording";
  request.selection = scene("x");
  EXPECT_FALSE(scenes_to_drop(*journal_, request));
}

}  // namespace
}  // namespace dl::daemon
