// A journal on a disk that rots: whatever the bits say, the station starts, and no scene that waits is forgotten.
#include <cstdlib>
#include <fstream>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spool/journal_fixture.h"
#include "spool/journal_schema.h"
#include "spool/journal_service.h"
#include "spool/recovery.h"
#include "spool/sqlite.h"
#include "spool/test_manifest.h"

namespace dl::spool {
namespace {

using testing::HasSubstr;

class JournalDamageTest : public JournalTest {
 protected:
  // The journal's file with one row of SQL run on it.
  void tamper(const char* sql) {
    journal_.reset();
    Database database = Database::open(path_).value();
    const auto done = database.execute(sql);
    ASSERT_TRUE(done) << done.error().message;
  }
  void expect_rebuilt_because(const std::string& part) {
    reopen();
    EXPECT_TRUE(journal_->rebuilt());
    EXPECT_THAT(journal_->incidents(true).value().at(0).message, HasSubstr(part));
  }
};

// SQLite's quick check says nothing of this, and the delivery would wait for ever.
TEST_F(JournalDamageTest, DeliveryThatIsMissingFromTheIndexOfWhatIsDueIsDamage) {
  commit("scene-1");
  tamper(
      "PRAGMA writable_schema = ON;"
      "CREATE TEMP TABLE kept AS SELECT sql FROM sqlite_schema WHERE name = 'deliveries_offered';"
      "UPDATE sqlite_schema SET sql = replace(sql, 'held = 0', 'held = 9') WHERE name = 'deliveries_offered';"
      "PRAGMA writable_schema = RESET; REINDEX deliveries_offered; PRAGMA writable_schema = ON;"
      "UPDATE sqlite_schema SET sql = (SELECT sql FROM temp.kept) WHERE name = 'deliveries_offered';"
      "PRAGMA writable_schema = RESET");
  expect_rebuilt_because("deliveries_offered");
}

TEST_F(JournalDamageTest, DefinitionThatHasChangedIsDamage) {
  commit("scene-1");
  tamper(
      "PRAGMA writable_schema = ON;"
      "UPDATE sqlite_schema SET sql = replace(sql, 'deliveries - 1', 'deliveries - 3') WHERE name = 'count_change';"
      "PRAGMA writable_schema = RESET");
  expect_rebuilt_because("count_change");
}

TEST_F(JournalDamageTest, IndexThatAnOperatorAddedIsNone) {
  commit("scene-1");
  tamper("CREATE INDEX my_own ON scenes (instrument)");
  reopen();
  EXPECT_FALSE(journal_->rebuilt());
}

TEST_F(JournalDamageTest, VersionThatTheTablesContradictIsDamage) {
  for (const char* version : {"PRAGMA user_version = 0", "PRAGMA user_version = 1"}) {
    tamper(version);
    expect_rebuilt_because("cannot bring the journal from schema");
    clock_.advance(Seconds(1));
  }
}

// Random bits anywhere in the file, over a spool with scenes that wait. Afterwards every scene is either waiting in the
// journal with its folder, or in quarantine with an incident; or the start was refused, loudly.
TEST(JournalDamage, FlippedBitsNeverCrashAndNeverLoseASceneSilently) {
  constexpr int kScenes = 8;
  const ManualClock clock(test_start());
  const TemporaryFolder folder;
  Layout layout{folder / "spool"};
  ASSERT_TRUE(make_spool_folders(layout));
  std::vector<std::string> ids;
  for (int i = 0; i < kScenes; ++i) ids.push_back("scene-" + std::to_string(i));
  for (const std::string& id : ids) write_scene_folder(layout, make_manifest(id));
  {
    const auto service = JournalService::start(layout.journal(), clock).value();
    ASSERT_TRUE(recover(layout, *service, {{"bucket"}, false}));
  }
  const std::string sound = read_text_file(layout.journal()).value();

  std::map<std::string, int> fates;
  const unsigned seeds = std::getenv("DOWNLINKD_TEST_LONG") != nullptr ? 2000 : 60;
  for (unsigned seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::string damaged = sound;
    for (unsigned flips = 1 + static_cast<unsigned>(random() % 4); flips > 0; --flips) {
      damaged[random() % damaged.size()] ^= static_cast<char>(1U << (random() % 8));
    }
    const TemporaryFolder copy;
    const Layout rotten{copy / "spool"};
    std::filesystem::copy(layout.scenes().parent_path(), rotten.root, std::filesystem::copy_options::recursive);
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(rotten.journal().string() + suffix);
    std::ofstream(rotten.journal(), std::ios::binary | std::ios::trunc) << damaged;

    const auto service = JournalService::start(rotten.journal(), clock);
    if (!service) {
      EXPECT_EQ(service.error().kind, ErrorKind::unsupported) << service.error().message;
      ++fates["refused"];
      continue;
    }
    const auto report = recover(rotten, **service, {{"bucket"}, false});
    ASSERT_TRUE(report) << report.error().message;
    ++fates[(*service)->rebuilt() ? "rebuilt" : "kept"];
    for (const std::string& id : ids) {
      const auto row = (*service)->call([&](Journal& journal) { return journal.scene(id); });
      ASSERT_TRUE(row) << row.error().message;
      const bool waits = *row && (*row)->state == SceneState::spooled && std::filesystem::exists(rotten.scene(id));
      const bool set_aside = std::filesystem::exists(rotten.quarantine() / id);
      EXPECT_TRUE(waits || set_aside) << id;
    }
  }
  EXPECT_GT(fates["rebuilt"], 5);
  EXPECT_GT(fates["kept"], 5) << "bits that no page uses";
}

}  // namespace
}  // namespace dl::spool
