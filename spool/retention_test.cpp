#include "spool/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spool/recovery.h"
#include "spool/test_scenes.h"

namespace dl::spool {
namespace {

using testing::HasSubstr;

class RetentionTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(make_spool_folders(layout_));
    auto started = JournalService::start(layout_.journal(), clock_);
    ASSERT_TRUE(started) << started.error().message;
    service_ = std::move(*started);
  }

  void commit(const std::string& id) {
    const SceneManifest manifest = make_manifest(id);
    const auto folder = write_assets(layout_.scenes(), manifest);
    ASSERT_TRUE(
        service_->call([&](Journal& journal) { return journal.commit_scene(manifest, "", folder, {"bucket"}); }));
  }
  // Every delivery that is due and every announcement of it.
  void deliver_all() {
    while (service_
               ->call([](Journal& journal) -> Result<bool> {
                 DL_TRY(const auto due, journal.due_deliveries("bucket", 1));
                 if (due.empty()) return false;
                 DL_CHECK(journal.confirm_delivery(due[0].id, {}, announce_once));
                 return true;
               })
               .value()) {
    }
  }
  void announce_all() {
    ASSERT_TRUE(service_->call([](Journal& journal) -> Result<void> {
      DL_TRY(const auto due, journal.due_announcements("events", 100));
      for (const Announcement& each : due) DL_CHECK(journal.mark_sent(each.sequence, "m"));
      return {};
    }));
  }
  RetentionReport drop(std::uint64_t quota_bytes) {
    return drop_delivered_scenes(layout_, *service_, quota_bytes).value();
  }
  bool on_disk(const std::string& id) { return std::filesystem::exists(layout_.scene(id)); }
  std::uint64_t kept_bytes() {
    return service_->call([](Journal& journal) { return journal.kept_scene_bytes(); }).value();
  }

  TemporaryFolder folder_;
  Layout layout_{folder_.path() / "spool"};
  SystemClock clock_;
  std::unique_ptr<JournalService> service_;
};

TEST_F(RetentionTest, OldestDeliveredScenesGoUntilTheQuotaIsMet) {
  for (const char* id : {"scene-1", "scene-2", "scene-3"}) commit(id);
  deliver_all();
  announce_all();
  const std::uint64_t total = kept_bytes();
  EXPECT_EQ(drop(total).scenes_dropped, 0U) << "the quota is met";
  const RetentionReport report = drop(total - 1);
  EXPECT_EQ(report.scenes_dropped, 1U);
  EXPECT_EQ(report.bytes_dropped, total / 3);
  EXPECT_THAT(report.lines, testing::ElementsAre(HasSubstr("'scene-1'")));
  EXPECT_FALSE(on_disk("scene-1"));
  EXPECT_TRUE(on_disk("scene-2"));
  EXPECT_EQ(drop(0).scenes_dropped, 2U);
  EXPECT_EQ(kept_bytes(), 0U);
  EXPECT_TRUE(std::filesystem::is_empty(layout_.works()));
  const auto row = service_->call([](Journal& journal) { return journal.scene("scene-1"); }).value();
  EXPECT_EQ(row->state, SceneState::delivered);
  EXPECT_TRUE(row->dropped_at.has_value());
}

TEST_F(RetentionTest, SceneThatIsNotDeliveredOrNotAnnouncedStays) {
  commit("announced");
  deliver_all();
  announce_all();
  commit("delivered");
  deliver_all();
  commit("spooled");
  const RetentionReport report = drop(0);
  EXPECT_EQ(report.scenes_dropped, 1U);
  EXPECT_EQ(report.bytes_over_quota, kept_bytes());
  EXPECT_FALSE(on_disk("announced"));
  EXPECT_TRUE(on_disk("delivered"));
  EXPECT_TRUE(on_disk("spooled"));
  EXPECT_FALSE(service_->call([](Journal& journal) { return journal.mark_dropped("spooled"); }));
}

TEST_F(RetentionTest, DropThatAKillCutIsFinishedByTheNext) {
  commit("scene-1");
  deliver_all();
  announce_all();
  // Renamed, and then the process died.
  std::filesystem::rename(layout_.scene("scene-1"), layout_.works() / "dropped-scene-1");
  EXPECT_EQ(drop(0).scenes_dropped, 1U);
  EXPECT_TRUE(std::filesystem::is_empty(layout_.works()));
}

}  // namespace
}  // namespace dl::spool
