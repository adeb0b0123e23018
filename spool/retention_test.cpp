#include "spool/retention.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spool/journal_service.h"
#include "spool/recovery.h"
#include "spool/test_scenes.h"

namespace dl::spool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const UtcTime kNow = test_start();
constexpr Microseconds kHour = std::chrono::hours(1);

SceneRow a_scene(const std::string& id, std::uint64_t size_bytes, Microseconds age) {
  SceneRow scene;
  scene.id = id;
  scene.size_bytes = size_bytes;
  scene.committed_at = kNow - age;
  scene.delivered_at = kNow - age;
  return scene;
}

// 1500 bytes of everything.
SpoolContents some_contents() {
  SpoolContents contents;
  contents.used_bytes = 1500;
  contents.available_bytes = 1000;
  contents.delivered = {a_scene("old", 100, 5 * kHour), a_scene("new", 100, kHour)};
  contents.recordings = {{"pass-old", kNow - 5 * kHour, 300}, {"pass-new", kNow - kHour, 300}};
  contents.undelivered_raw = {a_scene("raw", 100, kHour)};
  contents.undelivered_level_0 = {a_scene("level-0", 100, 2 * kHour)};
  contents.undelivered_scenes = {a_scene("waiting-old", 200, 9 * kHour), a_scene("waiting-new", 300, kHour)};
  return contents;
}

std::vector<std::string> ids_of(const RetentionPlan& plan) {
  std::vector<std::string> ids;
  for (const RetentionDrop& drop : plan.drops) ids.push_back(drop.id);
  return ids;
}

RetentionPolicy with_quota(std::uint64_t bytes) {
  RetentionPolicy policy;
  policy.quota_bytes = bytes;
  return policy;
}

TEST(RetentionPlan, NothingGoesWithinTheLimits) {
  RetentionPolicy policy = with_quota(1500);
  policy.keep_free_bytes = 1000;
  EXPECT_THAT(plan_retention(policy, some_contents(), kNow).drops, IsEmpty());
  EXPECT_THAT(plan_retention({}, some_contents(), kNow).drops, IsEmpty());
}

TEST(RetentionPlan, DeliveredScenesGoFirstThenRecordingsOldestFirst) {
  EXPECT_THAT(ids_of(plan_retention(with_quota(1499), some_contents(), kNow)), ElementsAre("old"));
  EXPECT_THAT(ids_of(plan_retention(with_quota(1400), some_contents(), kNow)), ElementsAre("old"));
  const RetentionPlan plan = plan_retention(with_quota(1299), some_contents(), kNow);
  EXPECT_THAT(ids_of(plan), ElementsAre("old", "new", "pass-old"));
  EXPECT_EQ(plan.drops[2].step, RetentionStep::recording);
  EXPECT_EQ(plan.drops[0].reason, "quota");
  EXPECT_EQ(plan.drop_bytes, 500U);
  EXPECT_EQ(plan.missing_bytes, 0U);
}

TEST(RetentionPlan, WhatIsNotDeliveredStaysUntilThePolicySaysSo) {
  const RetentionPlan careful = plan_retention(with_quota(0), some_contents(), kNow);
  EXPECT_THAT(ids_of(careful), ElementsAre("old", "new", "pass-old", "pass-new"));
  EXPECT_EQ(careful.missing_bytes, 700U) << "told, not taken";

  RetentionPolicy policy = with_quota(0);
  policy.drop_undelivered_level_0 = true;
  EXPECT_THAT(ids_of(plan_retention(policy, some_contents(), kNow)),
              ElementsAre("old", "new", "pass-old", "pass-new", "raw", "level-0"));
  policy.drop_undelivered_scenes = true;
  EXPECT_THAT(ids_of(plan_retention(policy, some_contents(), kNow)),
              ElementsAre("old", "new", "pass-old", "pass-new", "raw", "level-0", "waiting-old", "waiting-new"));
}

TEST(RetentionPlan, FreeDiskIsKeptAsWellAsTheQuota) {
  RetentionPolicy policy;
  policy.keep_free_bytes = 1150;
  const RetentionPlan plan = plan_retention(policy, some_contents(), kNow);
  EXPECT_THAT(ids_of(plan), ElementsAre("old", "new"));
  EXPECT_EQ(plan.drops[0].reason, "keep_free");
}

TEST(RetentionPlan, AgeKeepsWhatIsYoungAndDropsWhatIsOld) {
  RetentionPolicy policy = with_quota(0);
  policy.keep_delivered_at_least = 2 * kHour;
  policy.keep_recordings_at_least = 24 * kHour;
  EXPECT_THAT(ids_of(plan_retention(policy, some_contents(), kNow)), ElementsAre("old"));

  policy = {};
  policy.keep_delivered_for = 2 * kHour;
  policy.keep_recordings_for = 2 * kHour;
  const RetentionPlan plan = plan_retention(policy, some_contents(), kNow);
  EXPECT_THAT(ids_of(plan), ElementsAre("old", "pass-old"));
  EXPECT_EQ(plan.drops[1].reason, "age");
}

TEST(RetentionPlan, WhatAClockThatWasAheadHasDatedGoesToo) {
  RetentionPolicy policy = with_quota(0);
  SpoolContents contents;
  contents.used_bytes = 500;
  contents.delivered = {a_scene("from-2030", 100, -30'000 * kHour), a_scene("just-delivered", 100, -kHour / 360)};
  contents.recordings = {{"pass-from-2030", kNow + 30'000 * kHour, 300}};
  EXPECT_THAT(ids_of(plan_retention(policy, contents, kNow)),
              ElementsAre("from-2030", "just-delivered", "pass-from-2030"));

  policy.keep_delivered_at_least = policy.keep_recordings_at_least = 24 * kHour;
  EXPECT_THAT(ids_of(plan_retention(policy, contents, kNow)), ElementsAre("from-2030", "pass-from-2030"));

  policy.drop_undelivered_scenes = true;
  contents = {};
  contents.used_bytes = 100;
  contents.undelivered_scenes = {a_scene("waiting-from-2030", 100, -30'000 * kHour)};
  EXPECT_THAT(ids_of(plan_retention(policy, contents, kNow)), ElementsAre("waiting-from-2030"));
}

class RetentionTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(make_spool_folders(layout_));
    start();
  }
  void start() {
    service_.reset();
    auto started = JournalService::start(layout_.journal(), clock_);
    ASSERT_TRUE(started) << started.error().message;
    service_ = std::move(*started);
  }

  template <class F>
  auto ask(F f) {
    return service_->call(f).value();
  }
  void commit(const std::string& id, const std::string& pass_id = "", const std::string& instrument = "avhrr-3",
              const std::vector<DeliveryTarget>& targets = {"bucket"}) {
    SceneManifest manifest = make_manifest(id);
    manifest.instrument = instrument;
    const auto folder = write_assets(layout_.scenes(), manifest);
    ASSERT_TRUE(ask([&](Journal& journal) { return journal.commit_scene(manifest, pass_id, folder, targets); }));
  }
  // With a recording of 1000 bytes.
  void record(const std::string& pass_id) {
    std::filesystem::create_directory(layout_.pass(pass_id));
    std::ofstream(layout_.pass(pass_id) / "rec-000001.raw") << std::string(1000, 'x');
    Pass pass;
    pass.id = pass_id;
    pass.started_at = test_start();
    pass.state = PassState::processed;
    ASSERT_TRUE(service_->call([&](Journal& journal) { return journal.put_pass(pass); }));
  }
  // Every delivery that is due and every announcement of it.
  void deliver_all(const std::string& destination = "bucket") {
    const auto confirm_one = [&](Journal& journal) -> Result<bool> {
      DL_TRY(const auto due, journal.due_deliveries(destination, 1));
      if (due.empty()) return false;
      DL_CHECK(journal.confirm_delivery(due[0].id, {}, announce_once));
      return true;
    };
    while (ask(confirm_one)) {
    }
  }
  void announce_all() {
    ASSERT_TRUE(service_->call([](Journal& journal) -> Result<void> {
      DL_TRY(const auto due, journal.due_announcements("events", 100));
      for (const Announcement& each : due) DL_CHECK(journal.mark_sent(each.sequence, "m"));
      return {};
    }));
  }
  RetentionPlan plan(const RetentionPolicy& policy) {
    return plan_retention(policy, survey_spool(layout_, *service_, policy).value(), clock_.now());
  }
  RetentionReport drop(const RetentionPolicy& policy) {
    return apply_retention(layout_, *service_, plan(policy), announce_drop).value();
  }
  static std::vector<Announcement> announce_drop(const DroppedScene& dropped) {
    Announcement announcement = make_announcement("drop-of-" + dropped.scene.id);
    announcement.payload = dropped.reason;
    return {announcement};
  }
  bool on_disk(const std::string& id) { return std::filesystem::exists(layout_.scene(id)); }
  std::uint64_t kept_bytes() {
    return ask([](Journal& journal) { return journal.kept_scene_bytes(); });
  }
  SceneRow row(const std::string& id) {
    return ask([&](Journal& journal) { return journal.scene(id); }).value();
  }

  TemporaryFolder folder_;
  Layout layout_{folder_.path() / "spool"};
  ManualClock clock_{test_start()};
  std::unique_ptr<JournalService> service_;
};

TEST_F(RetentionTest, OldestDeliveredScenesGoUntilTheQuotaIsMet) {
  for (const char* id : {"scene-1", "scene-2", "scene-3"}) commit(id);
  deliver_all();
  announce_all();
  const std::uint64_t total = kept_bytes();
  EXPECT_EQ(drop(with_quota(total)).dropped, 0U) << "the quota is met";
  const RetentionReport report = drop(with_quota(total - 1));
  EXPECT_EQ(report.dropped, 1U);
  EXPECT_EQ(report.bytes_dropped, total / 3);
  EXPECT_EQ(report.lines.size(), 1U);
  EXPECT_EQ(on_disk("scene-1") + on_disk("scene-2") + on_disk("scene-3"), 2);
  EXPECT_EQ(drop(with_quota(0)).dropped, 2U);
  EXPECT_EQ(kept_bytes(), 0U);
  EXPECT_TRUE(std::filesystem::is_empty(layout_.works()));
  EXPECT_EQ(row("scene-1").state, SceneState::delivered);
  EXPECT_TRUE(row("scene-1").dropped_at.has_value());
}

TEST_F(RetentionTest, PlanAloneDropsNothing) {
  commit("scene-1");
  deliver_all();
  announce_all();
  EXPECT_THAT(ids_of(plan(with_quota(0))), ElementsAre("scene-1"));
  EXPECT_TRUE(on_disk("scene-1"));
  EXPECT_FALSE(row("scene-1").dropped_at.has_value());
}

TEST_F(RetentionTest, SceneThatIsNotDeliveredOrNotAnnouncedStays) {
  commit("announced");
  deliver_all();
  announce_all();
  commit("delivered");
  deliver_all();
  commit("spooled");
  EXPECT_EQ(drop(with_quota(0)).dropped, 1U);
  EXPECT_EQ(plan(with_quota(0)).missing_bytes, kept_bytes());
  EXPECT_FALSE(on_disk("announced"));
  EXPECT_TRUE(on_disk("delivered"));
  EXPECT_TRUE(on_disk("spooled"));
}

TEST_F(RetentionTest, SceneThatAnOptionalDestinationWaitsForStaysUnlessAsked) {
  commit("scene-1", "", "avhrr-3", {"bucket", DeliveryTarget("mirror", false)});
  deliver_all();
  announce_all();
  EXPECT_EQ(drop(with_quota(0)).dropped, 0U);
  RetentionPolicy hard = with_quota(0);
  hard.even_if_optional_wait = true;
  EXPECT_EQ(drop(hard).dropped, 1U);
  const Counts counts = ask([](Journal& journal) { return journal.counts(); });
  EXPECT_EQ(counts.deliveries_dropped, 3U) << "no uploader may look for the files";
  EXPECT_EQ(counts.deliveries_queued, 0U);
}

TEST_F(RetentionTest, RecordingGoesWhenAllScenesOfItsPassAreDelivered) {
  record("pass-1");
  record("pass-2");
  record("pass-3");
  commit("scene-1", "pass-1");
  deliver_all();
  commit("scene-2", "pass-2");
  EXPECT_THAT(ids_of(plan(with_quota(0))), ElementsAre("pass-1")) << "scene-1 is not announced yet";
  EXPECT_EQ(plan(with_quota(0)).used_bytes, 3000U + kept_bytes());
  EXPECT_EQ(drop(with_quota(0)).bytes_dropped, 1000U);
  EXPECT_FALSE(std::filesystem::exists(layout_.pass("pass-1")));
  EXPECT_TRUE(std::filesystem::exists(layout_.pass("pass-2")));
  EXPECT_TRUE(std::filesystem::exists(layout_.pass("pass-3"))) << "it made no scene: it is all that there is";
  EXPECT_TRUE(ask([](Journal& journal) { return journal.pass("pass-1"); })->recording_dropped_at.has_value());
  EXPECT_THAT(plan(with_quota(0)).drops, IsEmpty());
}

TEST_F(RetentionTest, RecordingOfAQuarantinedSceneStays) {
  record("pass-1");
  commit("scene-1", "pass-1", "avhrr-3", {"bucket", DeliveryTarget("mirror", false)});
  deliver_all();
  const RetentionPlan made_before = plan(with_quota(0));
  ASSERT_THAT(ids_of(made_before), ElementsAre("pass-1"));
  ASSERT_TRUE(service_->call([](Journal& journal) { return journal.quarantine_scene("scene-1", "rot"); }));
  EXPECT_THAT(plan(with_quota(0)).drops, IsEmpty());
  EXPECT_EQ(apply_retention(layout_, *service_, made_before, announce_drop)->dropped, 0U) << "things have changed";
  EXPECT_TRUE(std::filesystem::exists(layout_.pass("pass-1")));
}

TEST_F(RetentionTest, UndeliveredSceneThatThePolicyDropsLeavesATombstoneAndAnAnnouncement) {
  commit("level-0", "", "level-0");
  commit("scene-1");
  RetentionPolicy policy = with_quota(0);
  policy.drop_undelivered_level_0 = true;
  EXPECT_EQ(drop(policy).dropped, 1U);
  EXPECT_FALSE(on_disk("level-0"));
  EXPECT_TRUE(on_disk("scene-1"));
  EXPECT_EQ(row("level-0").state, SceneState::dropped);
  EXPECT_EQ(row("level-0").drop_reason, "quota");
  const auto events = ask([](Journal& journal) { return journal.announcements(); });
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].event_id, "drop-of-level-0");
}

TEST_F(RetentionTest, WhatIsInUploadIsNotDroppedByAPolicy) {
  commit("scene-1");
  RetentionPolicy policy = with_quota(0);
  policy.drop_undelivered_scenes = true;
  const RetentionPlan made_before = plan(policy);
  ASSERT_THAT(ids_of(made_before), ElementsAre("scene-1"));
  ASSERT_TRUE(service_->call([](Journal& journal) { return journal.record_session(1, "https://session"); }));
  EXPECT_THAT(plan(policy).drops, IsEmpty());
  EXPECT_EQ(apply_retention(layout_, *service_, made_before, announce_drop)->dropped, 0U);
  EXPECT_TRUE(on_disk("scene-1"));

  EXPECT_TRUE(drop_undelivered_scene(layout_, *service_, "scene-1", "operator: why not", announce_drop).value());
  EXPECT_FALSE(on_disk("scene-1")) << "an operator may";
  EXPECT_FALSE(drop_undelivered_scene(layout_, *service_, "scene-1", "operator: again", announce_drop).value());
}

TEST_F(RetentionTest, DropThatAKillCutIsFinishedByRecovery) {
  record("pass-1");
  commit("delivered", "pass-1");
  deliver_all();
  announce_all();
  commit("given-up");
  // The journal knows, and then the process died.
  ASSERT_TRUE(service_->call([](Journal& journal) { return journal.mark_dropped("delivered"); }));
  ASSERT_TRUE(service_->call([](Journal& journal) { return journal.mark_recording_dropped("pass-1"); }));
  ASSERT_TRUE(ask([](Journal& journal) { return journal.drop_scene("given-up", "quota", announce_drop); }));
  start();
  const auto report = recover(layout_, *service_, {{"bucket"}, false});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->drops_finished, 3U);
  EXPECT_TRUE(std::filesystem::is_empty(layout_.scenes()));
  EXPECT_TRUE(std::filesystem::is_empty(layout_.passes()));
  EXPECT_TRUE(std::filesystem::is_empty(layout_.works()));
  EXPECT_EQ(row("given-up").state, SceneState::dropped);
}

}  // namespace
}  // namespace dl::spool
