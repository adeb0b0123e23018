// What goes next, and that finding it costs the same with a long queue.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "spool/fault_vfs.h"
#include "spool/journal_fixture.h"
#include "spool/journal_implementation.h"

namespace dl::spool {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

ManifestAsset typed_asset(const std::string& name, const std::string& media_type, std::uint64_t size_bytes = 100) {
  return {name, media_type, size_bytes, std::string(64, '0'), 0};
}

// As scene_writer makes it.
SceneManifest full_scene(const std::string& id, const std::string& instrument = "avhrr-3") {
  SceneManifest manifest = make_manifest(id);
  manifest.instrument = instrument;
  manifest.assets = {typed_asset("band-1.tif", "image/tiff; application=geotiff", 5000000),
                     typed_asset("quality.tif", "image/tiff; application=geotiff"),
                     typed_asset("quicklook.png", "image/png"),
                     typed_asset("lines.json", "application/json"),
                     typed_asset("points.json", "application/json", 2000000),
                     typed_asset("item.json", "application/geo+json")};
  return manifest;
}

class JournalOrderTest : public JournalTest {
 protected:
  void commit_manifest(const SceneManifest& manifest) {
    ASSERT_TRUE(journal_->commit_scene(manifest, "pass-1", folder_ / manifest.scene_id, {"bucket"}).value());
  }
  // Of bulk scenes with a thousand assets each, of which the last is held.
  void queue(int scenes, const std::string& prefix) {
    constexpr int kAssets = 1000;
    for (int scene = 0; scene < scenes; ++scene) {
      SceneManifest manifest = make_manifest(prefix + std::to_string(scene));
      manifest.assets.assign(kAssets, manifest.assets.back());
      for (int i = 0; i + 1 < kAssets; ++i) {
        manifest.assets[static_cast<std::size_t>(i)].name = "band-" + std::to_string(i) + ".tif";
      }
      commit_manifest(manifest);
    }
  }
};

TEST_F(JournalOrderTest, ClassFollowsFromNameTypeAndInstrument) {
  const SceneManifest scene = full_scene("scene-1");
  std::vector<DeliveryClass> classes;
  for (const ManifestAsset& asset : scene.assets) classes.push_back(delivery_class_of(scene, asset));
  EXPECT_THAT(classes, ElementsAre(DeliveryClass::scene, DeliveryClass::scene, DeliveryClass::preview,
                                   DeliveryClass::preview, DeliveryClass::scene, DeliveryClass::event));
  const SceneManifest level_0 = full_scene("level-0-1", "level-0");
  EXPECT_EQ(delivery_class_of(level_0, level_0.assets[3]), DeliveryClass::level_0);
  EXPECT_EQ(delivery_class_of(level_0, level_0.assets[5]), DeliveryClass::event);
  const SceneManifest raw = full_scene("raw-1", "raw");
  EXPECT_EQ(delivery_class_of(raw, raw.assets[0]), DeliveryClass::raw);
  const SceneManifest archive = full_scene("iasi-1", "iasi");
  EXPECT_EQ(delivery_class_of(archive, {.name = "apid-0130.pkts.zst", .media_type = "application/zstd"}),
            DeliveryClass::level_0);
  EXPECT_EQ(delivery_class_of(archive, {.name = "packets.jsonl", .media_type = "application/x-ndjson"}),
            DeliveryClass::level_0);
  EXPECT_EQ(delivery_class_of(archive, archive.assets[5]), DeliveryClass::event);
}

TEST_F(JournalOrderTest, PreviewsGoBeforeScenesBeforeLevel0BeforeRawAndTheNewestFirst) {
  commit_manifest(full_scene("old"));
  commit_manifest(full_scene("new"));
  commit_manifest(full_scene("raw", "raw"));
  commit_manifest(full_scene("level-0", "level-0"));
  EXPECT_THAT(due_assets(),
              ElementsAre("new/quicklook.png", "new/lines.json", "old/quicklook.png", "old/lines.json",
                          "new/band-1.tif", "new/quality.tif", "new/points.json", "old/band-1.tif", "old/quality.tif",
                          "old/points.json", "level-0/band-1.tif", "level-0/quality.tif", "level-0/quicklook.png",
                          "level-0/lines.json", "level-0/points.json", "raw/band-1.tif", "raw/quality.tif",
                          "raw/quicklook.png", "raw/lines.json", "raw/points.json"));
}

TEST_F(JournalOrderTest, ItemGoesFirstOnceItMayGo) {
  commit_manifest(full_scene("old"));
  commit_manifest(full_scene("new"));
  const std::vector<Delivery> all = due();
  for (const Delivery& delivery : all) {
    if (delivery.scene_id != "old") continue;
    ASSERT_TRUE(confirm(delivery));
  }
  EXPECT_EQ(due_assets().front(), "old/item.json");
  EXPECT_EQ(due().front().delivery_class, DeliveryClass::event);
}

TEST_F(JournalOrderTest, UrgentSceneOvertakesEverything) {
  commit_manifest(full_scene("old"));
  commit_manifest(full_scene("new"));
  commit_manifest(full_scene("raw", "raw"));
  EXPECT_EQ(journal_->prioritise_deliveries({{}, "raw", {}, {}}, true).value(), 6U);
  EXPECT_EQ(due_assets()[4], "raw/points.json");
  EXPECT_EQ(due_assets()[5], "new/quicklook.png");
  EXPECT_EQ(journal_->prioritise_deliveries({{}, "raw", {}, {}}, true).value(), 0U) << "it is already";
  EXPECT_EQ(journal_->prioritise_deliveries({{}, "raw", {}, {}}, false).value(), 6U);
  EXPECT_EQ(due_assets()[0], "new/quicklook.png");
}

TEST_F(JournalOrderTest, RankSaysTheSameAsTheJournal) {
  for (const char* id : {"a", "b", "c"}) commit_manifest(full_scene(id));
  commit_manifest(full_scene("d", "level-0"));
  ASSERT_TRUE(journal_->prioritise_deliveries({{}, "b", {}, {}}, true));
  const std::vector<Delivery> all = due();
  const auto rank_of = [](const Delivery& each) {
    return DeliveryRank{each.urgent, each.delivery_class, each.scene_sequence};
  };
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [&](const Delivery& one, const Delivery& other) {
    return goes_before(rank_of(one), rank_of(other));
  }));
  EXPECT_TRUE(goes_before(rank_of(all.front()), rank_of(all.back())));
  EXPECT_FALSE(goes_before(rank_of(all.front()), rank_of(all.front())));
}

TEST_F(JournalOrderTest, LimitCutsTheOrderAndNothingElse) {
  for (const char* id : {"a", "b", "c"}) commit_manifest(full_scene(id));
  const std::vector<std::string> all = due_assets();
  const std::vector<Delivery> some = due("bucket", 4);
  ASSERT_EQ(some.size(), 4U);
  for (std::size_t i = 0; i < some.size(); ++i) EXPECT_EQ(some[i].scene_id + "/" + some[i].asset, all[i]);
}

// Of a statement on the journal's file, counted by SQLite itself.
struct Work {
  int steps = 0;
  std::string plan;
};
Work work_of_due_query(const std::filesystem::path& path, UtcTime now) {
  sqlite3* connection = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &connection), SQLITE_OK);
  Work work;
  const auto run = [&](const std::string& sql, bool is_plan) {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(connection, sql.c_str(), -1, &statement, nullptr), SQLITE_OK);
    sqlite3_bind_text(statement, 1, "bucket", -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, now.time_since_epoch().count());
    sqlite3_bind_int64(statement, 3, (now + kLongestWait).time_since_epoch().count());
    sqlite3_bind_int64(statement, 4, 10);
    while (sqlite3_step(statement) == SQLITE_ROW) {
      if (is_plan) work.plan += std::string(reinterpret_cast<const char*>(sqlite3_column_text(statement, 3))) + "\n";
    }
    if (!is_plan) work.steps = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0);
    sqlite3_finalize(statement);
  };
  run(std::string(kSelectDueDeliveries), false);
  run("EXPLAIN QUERY PLAN " + std::string(kSelectDueDeliveries), true);
  sqlite3_close(connection);
  return work;
}

// A week offline: what is due must be found without walking the queue. Counted in SQLite's own steps and in reads of a
// cold cache, not in time.
TEST_F(JournalOrderTest, DueDeliveriesOfAHundredThousandCostWhatThoseOfAThousandDo) {
  queue(1, "first-");
  const Work few = work_of_due_query(path_, clock_.now());
  queue(101, "more-");
  const Work many = work_of_due_query(path_, clock_.now());
  EXPECT_THAT(many.plan, HasSubstr("USING INDEX deliveries_offered"));
  EXPECT_THAT(many.plan, Not(HasSubstr("SCAN deliveries"))) << many.plan;
  EXPECT_GT(few.steps, 100);
  EXPECT_LT(many.steps, few.steps * 3 / 2);
}

TEST_F(JournalOrderTest, DueDeliveriesOfAHundredThousandReadAHandfulOfPages) {
  FaultVfs vfs;
  reopen();
  queue(101, "scene-");
  reopen();
  ASSERT_EQ(journal_->counts().value().deliveries_queued, 101000U);
  reopen();
  const std::uint64_t before = vfs.reads();
  ASSERT_EQ(journal_->due_deliveries("bucket", 10).value().size(), 10U);
  EXPECT_LT(vfs.reads() - before, 100U);
  journal_.reset();
}

}  // namespace
}  // namespace dl::spool
