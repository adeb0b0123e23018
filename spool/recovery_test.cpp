#include "spool/recovery.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spool/journal_service.h"
#include "spool/pass_file.h"
#include "spool/test_manifest.h"

namespace dl::spool {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class RecoveryTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(make_spool_folders(layout_));
    open();
  }

  void open() {
    service_.reset();
    auto opened = JournalService::start(layout_.journal(), clock_);
    ASSERT_TRUE(opened) << opened.error().message;
    service_ = std::move(*opened);
  }

  template <class F>
  auto ask(F f) {
    return service_->call(f).value();
  }

  SceneManifest write_scene(const std::string& id, const std::string& pass_id = "pass-1") {
    SceneManifest manifest = make_manifest(id);
    write_assets(layout_.scenes(), manifest);
    EXPECT_TRUE(write_file_durably(layout_.scene(id) / "manifest.json", as_bytes(manifest_text(manifest, pass_id))));
    return manifest;
  }
  void commit(const std::string& id) {
    ASSERT_TRUE(ask([&](Journal& journal) {
      return journal.commit_scene(write_scene(id), "pass-1", layout_.scene(id), {"bucket"});
    }));
  }
  void deliver(const std::string& id) {
    commit(id);
    for (auto due = ask([&](Journal& journal) { return journal.due_deliveries("bucket", 1); }); !due.empty();
         due = ask([&](Journal& journal) { return journal.due_deliveries("bucket", 1); })) {
      const auto confirm = [&](Journal& journal) { return journal.confirm_delivery(due[0].id, {}, announce_once); };
      ASSERT_TRUE(service_->call(confirm));
    }
  }
  RecoveryReport recover_now(bool verify_hashes = false) {
    auto report = recover(layout_, *service_, {{"bucket"}, verify_hashes});
    EXPECT_TRUE(report) << report.error().message;
    return *report;
  }
  std::size_t quarantined() {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(layout_.quarantine()), {}));
  }

  TemporaryFolder folder_;
  Layout layout_{folder_ / "deep" / "spool"};
  ManualClock clock_{test_start()};
  std::unique_ptr<JournalService> service_;
};

TEST_F(RecoveryTest, FoldersAreMadeOnceAndKept) {
  write_scene("scene-1");
  ASSERT_TRUE(make_spool_folders(layout_));
  EXPECT_TRUE(std::filesystem::exists(layout_.scene("scene-1")));
  EXPECT_TRUE(std::filesystem::is_directory(layout_.works()));
}

TEST_F(RecoveryTest, FolderThatCannotBeMadeIsNamed) {
  std::ofstream(folder_ / "file") << "x";
  const auto made = make_spool_folders(Layout{folder_ / "file" / "spool"});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("file"));
}

TEST_F(RecoveryTest, CompleteSceneThatTheJournalDoesNotKnowIsQueued) {
  write_scene("scene-1", "pass-7");
  const RecoveryReport report = recover_now();
  EXPECT_EQ(report.scenes_adopted, 1U);
  EXPECT_THAT(report.lines, testing::ElementsAre(HasSubstr("'scene-1'")));
  EXPECT_EQ(ask([&](Journal& journal) { return journal.scene("scene-1"); })->pass_id, "pass-7");
  EXPECT_EQ(ask([&](Journal& journal) { return journal.due_deliveries("bucket", 10); }).size(), 2U);

  const RecoveryReport again = recover_now();
  EXPECT_EQ(again.scenes_adopted, 0U);
  EXPECT_EQ(again.scenes_known, 1U);
  EXPECT_THAT(again.lines, IsEmpty());
}

TEST_F(RecoveryTest, FolderThatIsNoSceneGoesToQuarantineWithAnIncident) {
  std::filesystem::create_directory(layout_.scene("no-manifest"));
  std::ofstream(layout_.scene("a-file")) << "x";
  write_scene("cut");
  std::filesystem::resize_file(layout_.scene("cut") / "manifest.json", 40);
  write_scene("renamed");
  std::filesystem::rename(layout_.scene("renamed"), layout_.scene("other-name"));
  const RecoveryReport report = recover_now();
  EXPECT_EQ(report.scenes_quarantined, 4U);
  EXPECT_EQ(quarantined(), 4U);
  EXPECT_EQ(ask([&](Journal& journal) { return journal.incidents(true); }).size(), 4U);
  EXPECT_THAT(ask([&](Journal& journal) { return journal.scenes(); }), IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(layout_.scenes()));
}

TEST_F(RecoveryTest, NameInQuarantineIsNeverOverwritten) {
  for (int i = 0; i < 2; ++i) {
    std::filesystem::create_directory(layout_.scene("bad"));
    EXPECT_EQ(recover_now().scenes_quarantined, 1U);
  }
  EXPECT_EQ(quarantined(), 2U);
}

TEST_F(RecoveryTest, CommittedSceneOfWrongSizeIsQuarantinedAndParked) {
  commit("scene-1");
  commit("scene-2");
  std::filesystem::resize_file(layout_.scene("scene-1") / "band-2.tif", 1);
  EXPECT_EQ(recover_now().scenes_quarantined, 1U);
  EXPECT_TRUE(std::filesystem::exists(layout_.quarantine() / "scene-1" / "band-2.tif"));
  EXPECT_EQ(ask([&](Journal& journal) { return journal.counts(); }).deliveries_parked, 3U);
  EXPECT_EQ(ask([&](Journal& journal) { return journal.due_deliveries("bucket", 10); }).at(0).scene_id, "scene-2");
  EXPECT_EQ(ask([&](Journal& journal) { return journal.incidents(true); }).at(0).subject, "scene-1");
}

TEST_F(RecoveryTest, FlippedByteIsFoundWhenHashesAreAsked) {
  commit("scene-1");
  std::fstream file(layout_.scene("scene-1") / "band-1.tif", std::ios::in | std::ios::out);
  file.put('?');
  file.close();
  EXPECT_EQ(recover_now(false).scenes_quarantined, 0U);
  EXPECT_EQ(recover_now(true).scenes_quarantined, 1U);
}

TEST_F(RecoveryTest, CommittedSceneWithOtherContentIsQuarantined) {
  commit("scene-1");
  const SceneManifest other = make_manifest("scene-1", "other bits");
  write_assets(layout_.scenes(), other, "other bits");
  ASSERT_TRUE(write_file_durably(layout_.scene("scene-1") / "manifest.json", as_bytes(manifest_text(other, "pass-2"))));
  EXPECT_EQ(recover_now().scenes_quarantined, 1U);
  EXPECT_EQ(ask([&](Journal& journal) { return journal.counts(); }).deliveries_parked, 3U);
}

TEST_F(RecoveryTest, MissingFolderOfAnUndeliveredSceneIsReportedOfADeliveredOneNot) {
  deliver("scene-2");
  std::filesystem::remove_all(layout_.scene("scene-2"));
  commit("scene-1");
  std::filesystem::remove_all(layout_.scene("scene-1"));
  const RecoveryReport report = recover_now();
  EXPECT_EQ(report.scenes_missing, 1U);
  EXPECT_EQ(ask([&](Journal& journal) { return journal.incidents(true); }).size(), 1U);
  EXPECT_EQ(ask([&](Journal& journal) { return journal.counts(); }).deliveries_parked, 3U);
}

TEST_F(RecoveryTest, DeliveredSceneIsLeftAlone) {
  deliver("scene-1");
  std::filesystem::resize_file(layout_.scene("scene-1") / "band-2.tif", 1);
  EXPECT_EQ(recover_now(true).scenes_known, 1U);
  EXPECT_EQ(quarantined(), 0U);
}

TEST_F(RecoveryTest, SceneThatComesBackSoundLeavesQuarantineOneThatIsRottenDoesNot) {
  commit("scene-1");
  std::filesystem::remove_all(layout_.scene("scene-1"));
  EXPECT_EQ(recover_now().scenes_missing, 1U);
  EXPECT_THAT(ask([](Journal& journal) { return journal.scene_ids_of_pass("pass-1"); }), IsEmpty()) << "to be remade";
  EXPECT_EQ(recover_now().scenes_missing, 0U) << "told once";

  write_scene("scene-1");
  std::fstream file(layout_.scene("scene-1") / "band-1.tif", std::ios::in | std::ios::out);
  file.put('?');
  file.close();
  EXPECT_EQ(recover_now().scenes_quarantined, 1U) << "its size is right, its content is not";
  EXPECT_EQ(ask([](Journal& journal) { return journal.counts(); }).deliveries_parked, 3U);

  write_scene("scene-1");
  const RecoveryReport report = recover_now();
  EXPECT_EQ(report.scenes_adopted, 1U);
  EXPECT_THAT(report.lines, testing::ElementsAre(HasSubstr("in quarantine")));
  EXPECT_EQ(ask([](Journal& journal) { return journal.due_deliveries("bucket", 10); }).size(), 2U);
  EXPECT_THAT(ask([](Journal& journal) { return journal.quarantined_scenes(); }), IsEmpty());
}

TEST_F(RecoveryTest, ManyScenesAreTakenInBatchesAndNoneIsForgotten) {
  for (int i = 0; i < 600; ++i) write_scene("scene-" + std::to_string(i));
  std::filesystem::create_directory(layout_.scene("scene-300b"));
  const RecoveryReport report = recover_now();
  EXPECT_EQ(report.scenes_adopted, 600U);
  EXPECT_EQ(report.scenes_quarantined, 1U);
  EXPECT_EQ(recover_now().scenes_known, 600U);
}

TEST_F(RecoveryTest, MovedSpoolIsFollowed) {
  commit("scene-1");
  service_.reset();
  const Layout moved{folder_ / "moved"};
  std::filesystem::rename(layout_.root, moved.root);
  layout_ = moved;
  open();
  EXPECT_EQ(recover_now().scenes_known, 1U);
  EXPECT_EQ(ask([&](Journal& journal) { return journal.due_deliveries("bucket", 1); }).at(0).path,
            (moved.scene("scene-1") / "band-1.tif").string());
}

TEST_F(RecoveryTest, UnfinishedWorkIsRemoved) {
  std::filesystem::create_directories(layout_.work("pass-1") / "scene-1");
  std::ofstream(layout_.work("pass-1") / "scene-1" / "band-1.tif") << "half";
  EXPECT_EQ(recover_now().work_entries_removed, 1U);
  EXPECT_TRUE(std::filesystem::is_empty(layout_.works()));
}

TEST_F(RecoveryTest, DamagedJournalIsRebuiltFromTheSpool) {
  Pass pass;
  pass.id = "pass-1";
  pass.spacecraft = "metop-b";
  pass.started_at = test_start();
  for (const char* id : {"pass-1", "pass-2", "pass-3"}) {
    pass.id = id;
    std::filesystem::create_directory(layout_.pass(id));
    std::ofstream(layout_.pass(id) / "rec-000001.raw") << "12345";
    std::ofstream(layout_.pass(id) / "rec-000001.idx") << "index";
    ASSERT_TRUE(write_pass_file(layout_.pass(id), pass));
    ASSERT_TRUE(service_->call([&](Journal& journal) { return journal.put_pass(pass); }));
    pass.ended_at = test_start() + Seconds(600);
    pass.end_reason = "eof";
  }
  std::ofstream(layout_.pass("pass-3") / "report.json") << "{\"frames\":886}";
  commit("scene-1");
  deliver("scene-2");
  service_.reset();
  std::ofstream(layout_.journal(), std::ios::trunc) << "this is not a database, it is a text that says so";

  open();
  ASSERT_TRUE(service_->rebuilt());
  const auto recovered = recover(layout_, *service_, {{{"mirror", false}, "bucket"}, false});
  ASSERT_TRUE(recovered) << recovered.error().message;
  const RecoveryReport& report = *recovered;
  const auto deliveries = ask([](Journal& journal) { return journal.deliveries(); });
  EXPECT_EQ(deliveries.size(), 12U);
  for (const Delivery& each : deliveries) {
    EXPECT_EQ(each.required, each.destination == "bucket");
    EXPECT_EQ(each.delivery_class, each.asset == "item.json" ? DeliveryClass::event : DeliveryClass::scene);
  }
  EXPECT_EQ(report.passes_restored, 3U);
  EXPECT_EQ(report.scenes_adopted, 2U);
  EXPECT_EQ(ask([&](Journal& journal) { return journal.pass("pass-1"); })->state, PassState::receiving);
  EXPECT_EQ(ask([&](Journal& journal) { return journal.pass("pass-1"); })->bytes_recorded, 5U);
  EXPECT_EQ(ask([&](Journal& journal) { return journal.pass("pass-2"); })->state, PassState::ended);
  EXPECT_EQ(ask([&](Journal& journal) { return journal.pass("pass-3"); })->state, PassState::processed);
  EXPECT_EQ(ask([&](Journal& journal) { return journal.pass("pass-3"); })->report_json, "{\"frames\":886}");
  EXPECT_EQ(ask([&](Journal& journal) { return journal.incidents(true); }).at(0).kind, "journal_rebuilt");
}

TEST_F(RecoveryTest, RecordingWithoutDescriptionStaysAndIsReported) {
  std::filesystem::create_directory(layout_.pass("pass-1"));
  std::ofstream(layout_.pass("pass-1") / "rec-000001.raw") << "12345";
  EXPECT_EQ(recover_now().passes_unreadable, 1U);
  EXPECT_TRUE(std::filesystem::exists(layout_.pass("pass-1") / "rec-000001.raw"));
  EXPECT_EQ(ask([&](Journal& journal) { return journal.incidents(true); }).at(0).kind, "pass_unreadable");
  EXPECT_FALSE(ask([&](Journal& journal) { return journal.pass("pass-1"); }).has_value());
}

}  // namespace
}  // namespace dl::spool
