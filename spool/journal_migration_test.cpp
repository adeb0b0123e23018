// Journals of older programs.
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sha256.h"
#include "spool/fault_vfs.h"
#include "spool/journal_fixture.h"
#include "spool/journal_invariants.h"
#include "spool/journal_schema.h"
#include "spool/sqlite.h"

namespace dl::spool {
namespace {

using testing::ElementsAre;

// What the program of version 0.1 had written, times relative to test_start() = 1778586723000000.
constexpr const char* kStation = R"sql(
INSERT INTO passes VALUES (1, 'pass-1', 'antenna1', 'metop-b', 'station', 'processed', 1778586723000000,
  1778587323000000, 'eof', 5000000000, 1, 1, 0, '{"frames":886}');
INSERT INTO scenes VALUES
  (1, 'delivered', 'pass-1', 'metop-b', 'avhrr-3', '/spool/scenes/delivered', 'p/delivered', 's', 'e', 30, 2, 'bucket',
   'delivered', 1778586723000000, 1778586724000000, NULL),
  (2, 'dropped', 'pass-1', 'metop-b', 'avhrr-3', '/spool/scenes/dropped', 'p/dropped', 's', 'e', 30, 2, 'bucket',
   'delivered', 1778586723000000, 1778586724000000, 1778586725000000),
  (3, 'waiting', 'pass-1', 'metop-b', 'avhrr-3', '/spool/scenes/waiting', 'p/waiting', 's', 'e', 2000130, 6, 'bucket',
   'spooled', 1778586723000000, NULL, NULL),
  (4, 'packets', 'pass-1', 'metop-b', 'level-0', '/spool/scenes/packets', 'p/packets', 's', 'e', 30, 2, 'bucket',
   'spooled', 1778586723000000, NULL, NULL);
INSERT INTO assets VALUES
  (1, 0, 'band-1.tif', 'image/tiff', 10, 'a', 1), (1, 1, 'item.json', 'application/geo+json', 20, 'b', 2),
  (2, 0, 'band-1.tif', 'image/tiff', 10, 'a', 1), (2, 1, 'item.json', 'application/geo+json', 20, 'b', 2),
  (3, 0, 'band-1.tif', 'image/tiff', 10, 'a', 1), (3, 1, 'quicklook.png', 'image/png', 20, 'b', 2),
  (3, 2, 'lines.json', 'application/json', 30, 'c', 3), (3, 3, 'points.json', 'application/json', 2000000, 'd', 4),
  (3, 4, 'mask.png', 'image/png', 50, 'e', 5), (3, 5, 'item.json', 'application/geo+json', 20, 'f', 6),
  (4, 0, 'apid-0034.pkts.zst', 'application/zstd', 10, 'a', 1), (4, 1, 'item.json', 'application/geo+json', 20, 'b', 2);
INSERT INTO deliveries (id, scene, position, destination, size_bytes, held, state, session, session_created_at,
  committed_bytes, attempts, next_attempt_at, last_error, generation, location, confirmed_at) VALUES
  (1, 1, 0, 'bucket', 10, 0, 'confirmed', '', NULL, 10, 0, 0, '', '11', 'gs://bucket', 1778586724000000),
  (2, 1, 1, 'bucket', 20, 0, 'confirmed', '', NULL, 20, 0, 0, '', '12', 'gs://bucket', 1778586724000000),
  (3, 2, 0, 'bucket', 10, 0, 'confirmed', '', NULL, 10, 0, 0, '', '13', 'gs://bucket', 1778586724000000),
  (4, 2, 1, 'bucket', 20, 0, 'confirmed', '', NULL, 20, 0, 0, '', '14', 'gs://bucket', 1778586724000000),
  (5, 3, 0, 'bucket', 10, 0, 'uploading', 'https://session', 1778586723000000, 4, 2, 0, '503', '', '', NULL),
  (6, 3, 1, 'bucket', 20, 0, 'queued', '', NULL, 0, 3, 1778586753000000, '503', '', '', NULL),
  (7, 3, 2, 'bucket', 30, 0, 'parked', '', NULL, 0, 0, 0, '403', '', '', NULL),
  (8, 3, 3, 'bucket', 2000000, 0, 'queued', '', NULL, 0, 0, 0, '', '', '', NULL),
  (9, 3, 4, 'bucket', 50, 0, 'queued', '', NULL, 0, 0, 0, '', '', '', NULL),
  (10, 3, 5, 'bucket', 20, 1, 'queued', '', NULL, 0, 0, 0, '', '', '', NULL),
  (11, 4, 0, 'bucket', 10, 0, 'confirmed', '', NULL, 10, 0, 0, '', '15', 'gs://bucket', 1778586724000000),
  (12, 4, 1, 'bucket', 20, 0, 'queued', '', NULL, 0, 0, 0, '', '', '', NULL);
INSERT INTO announcements (sequence, event_id, type, publisher, scene_id, pass_id, ordering_key, attributes_json,
  payload, head, state, attempts, next_attempt_at, message_id, created_at, sent_at) VALUES
  (5, 'event-sent', 't', 'events', 'dropped', 'pass-1', 'k', '{}', '{}', 0, 'sent', 0, 0, 'm-1', 1, 2),
  (6, 'event-head', 't', 'events', 'delivered', 'pass-1', 'k', '{}', '{"a":1}', 1, 'pending', 0, 0, '', 1, NULL),
  (7, 'event-next', 't', 'events', '', 'pass-1', 'k', '{}', '{}', 0, 'pending', 0, 0, '', 1, NULL);
INSERT INTO incidents VALUES (1, 'disk_low', 'spool', 'message', 'action', 3, 1, 2, NULL);
)sql";

void write_version_1(const std::filesystem::path& path) {
  Database database = Database::open(path).value();
  ASSERT_TRUE(database.value("PRAGMA journal_mode = WAL"));
  ASSERT_TRUE(migrate(database, 1));
  ASSERT_EQ(database.value("PRAGMA user_version").value(), "1");
  const auto written = database.execute(kStation);
  ASSERT_TRUE(written) << written.error().message;
}

void check_migrated(Journal& journal) {
  ASSERT_NO_FATAL_FAILURE(check_totals(journal, journal.deliveries(1000).value()));
  const Counts counts = journal.counts().value();
  ASSERT_EQ(counts.scenes_delivered, 2U);
  ASSERT_EQ(counts.scenes_spooled, 2U);
  ASSERT_EQ(counts.deliveries_confirmed, 5U);
  ASSERT_EQ(counts.deliveries_queued, 5U);
  ASSERT_EQ(counts.deliveries_uploading, 1U);
  ASSERT_EQ(counts.deliveries_parked, 1U);
  ASSERT_EQ(counts.announcements_pending, 2U);
  ASSERT_EQ(counts.incidents_open, 1U);
  ASSERT_EQ(counts.passes, 1U);
}

class JournalMigrationTest : public JournalTest {
 protected:
  void SetUp() override { write_version_1(path_); }
};

// Whoever changes what version 1 was makes this test, and every journal in the field, a fiction.
TEST_F(JournalMigrationTest, StatementsOfVersion1AreForEver) {
  EXPECT_EQ(sha256_hex(as_bytes(std::string(kSchema1))),
            "4dd853722137c2302e5318ac7ffed33c388580094f6b7ba7690fb9c5346b9c01");
}

TEST_F(JournalMigrationTest, EverythingKeepsItsMeaning) {
  reopen();
  EXPECT_FALSE(journal_->rebuilt());
  check_migrated(*journal_);

  const Pass pass = *journal_->pass("pass-1").value();
  EXPECT_EQ(pass.report_json, "{\"frames\":886}");
  EXPECT_EQ(pass.bytes_recorded, 5000000000U);
  EXPECT_FALSE(pass.recording_dropped_at.has_value());
  EXPECT_TRUE(journal_->scene("dropped").value()->dropped_at.has_value());
  EXPECT_EQ(journal_->scene("dropped").value()->state, SceneState::delivered);
  EXPECT_FALSE(journal_->scene("waiting").value()->quarantined_at.has_value());

  const Delivery uploading = *journal_->delivery(5).value();
  EXPECT_EQ(uploading.session, "https://session");
  EXPECT_EQ(uploading.committed_bytes, 4U);
  EXPECT_EQ(uploading.attempts, 2U);
  EXPECT_EQ(uploading.session_created_at, test_start());
  EXPECT_TRUE(uploading.required);
  EXPECT_EQ(journal_->delivery(7).value()->parked_kind, "permanent");
  EXPECT_EQ(journal_->delivery(7).value()->last_error, "403");
  EXPECT_EQ(journal_->next_delivery_time("bucket").value(), test_start() + Seconds(30));
  EXPECT_EQ(journal_->delivery(1).value()->generation, "11");

  EXPECT_THAT(due_assets(),
              ElementsAre("packets/item.json", "waiting/band-1.tif", "waiting/points.json", "waiting/mask.png"));
  EXPECT_THAT(due_events(), ElementsAre("event-head", "event-next"));
  EXPECT_THAT(journal_->droppable_scenes(10).value(), testing::IsEmpty()) << "event-head is not sent";
}

TEST_F(JournalMigrationTest, ClassOfOldRowsIsThatOfNewOnes) {
  reopen();
  const auto all = journal_->deliveries(100).value();
  ASSERT_EQ(all.size(), 12U);
  for (const Delivery& each : all) {
    SceneManifest manifest;
    manifest.instrument = journal_->scene(each.scene_id).value()->instrument;
    const ManifestAsset asset{each.asset, each.media_type, each.size_bytes, each.sha256, each.crc32c};
    EXPECT_EQ(each.delivery_class, delivery_class_of(manifest, asset)) << each.object_name;
  }
}

TEST_F(JournalMigrationTest, MigratedJournalGoesOnLikeANewOne) {
  reopen();
  ASSERT_TRUE(journal_->release_deliveries({}));
  clock_.advance(Seconds(60));
  commit("scene-1");
  ASSERT_TRUE(journal_->drop_scene("waiting", "quota", announce_drop_once).value());
  EXPECT_EQ(journal_->counts().value().deliveries_dropped, 6U);
  EXPECT_EQ(journal_->deliveries_after(12, {}, {}, 10).value().size(), 3U);
  confirm_all("nowhere");
  reopen();
  EXPECT_FALSE(journal_->rebuilt());
}

// Old or new, never between: the power goes at every operation of the first start of the new program.
TEST_F(JournalMigrationTest, PowerCutInTheMiddleLeavesTheOldJournalOrTheNewOne) {
  std::mt19937 random(20260512);
  std::vector<DiskImage> images;
  FaultVfs vfs;
  vfs.set_judge([&](bool) {
    images.push_back(vfs.power_cut(random));
    return SQLITE_OK;
  });
  reopen();
  journal_.reset();
  vfs.set_judge({});
  EXPECT_GT(images.size(), 10U);
  int old_ones = 0;
  int new_ones = 0;
  for (std::size_t i = 0; i < images.size() && !HasFatalFailure(); ++i) {
    SCOPED_TRACE("operation " + std::to_string(i));
    const TemporaryFolder after;
    FaultVfs::write(images[i], after.path());
    const std::filesystem::path path = after / "journal.db";
    const std::string version = Database::open(path).value().value("PRAGMA user_version").value();
    ASSERT_TRUE(version == "1" || version == "2") << version;
    ++(version == "1" ? old_ones : new_ones);
    const auto journal = Journal::open(path, clock_);
    ASSERT_TRUE(journal) << journal.error().message;
    ASSERT_FALSE((*journal)->rebuilt());
    check_migrated(**journal);
  }
  EXPECT_GT(old_ones, 0);
  EXPECT_GT(new_ones, 0);
}

TEST_F(JournalMigrationTest, DiskThatFailsInTheMiddleLeavesAJournalForTheNextStart) {
  for (unsigned n = 1;; ++n) {
    SCOPED_TRACE("operation " + std::to_string(n));
    const TemporaryFolder folder;
    ASSERT_NO_FATAL_FAILURE(write_version_1(folder / "journal.db"));
    bool failed = false;
    {
      FaultVfs vfs;
      unsigned count = 0;
      vfs.set_judge([&](bool is_sync) {
        if (++count < n) return SQLITE_OK;
        return is_sync ? SQLITE_IOERR_FSYNC : SQLITE_FULL;
      });
      const auto opened = Journal::open(folder / "journal.db", clock_);
      failed = count >= n;
      EXPECT_TRUE(opened || failed);
    }
    const auto again = Journal::open(folder / "journal.db", clock_);
    ASSERT_TRUE(again) << again.error().message;
    ASSERT_FALSE((*again)->rebuilt());
    ASSERT_NO_FATAL_FAILURE(check_migrated(**again));
    if (failed) continue;
    EXPECT_GT(n, 5U);
    break;
  }
}

}  // namespace
}  // namespace dl::spool
