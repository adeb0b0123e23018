// The journal on a disk that fails, fills up, or loses its power: every single operation on its files gets its turn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spool/fault_vfs.h"
#include "spool/journal_invariants.h"
#include "spool/sqlite.h"
#include "spool/test_scenes.h"

namespace dl::spool {
namespace {

using testing::HasSubstr;

const std::vector<DeliveryTarget> kDestinations = {"bucket", "archive"};

std::unique_ptr<Journal> open_journal(const std::filesystem::path& path, const Clock& clock) {
  auto opened = Journal::open(path, clock);
  EXPECT_TRUE(opened) << opened.error().message;
  return opened ? std::move(*opened) : nullptr;
}

Result<bool> confirm_next(Journal& journal) {
  for (const auto& [destination, required] : kDestinations) {
    DL_TRY(const std::vector<Delivery> due, journal.due_deliveries(destination, 1));
    if (!due.empty()) return journal.confirm_delivery(due[0].id, {"1", destination}, announce_once);
  }
  return fail(ErrorKind::permanent, "nothing is due");
}

struct Fault {
  int write_code;
  int sync_code;
  bool lasting;  // everything after it fails too
};

// The n-th operation during `act` fails, for n = 1, 2, 3 ... until act needs fewer operations.
template <class Prepare, class Act>
void fail_every_operation(const Fault& fault, Prepare prepare, Act act) {
  unsigned operations = 0;
  for (unsigned n = 1;; ++n) {
    SCOPED_TRACE("operation " + std::to_string(n));
    const TemporaryFolder folder;
    const ManualClock clock(test_start());
    FaultVfs vfs;
    std::unique_ptr<Journal> journal = open_journal(folder / "journal.db", clock);
    prepare(*journal, folder);
    unsigned count = 0;
    vfs.set_judge([&](bool is_sync) {
      ++count;
      const bool fails = fault.lasting ? count >= n : count == n;
      return fails ? (is_sync ? fault.sync_code : fault.write_code) : SQLITE_OK;
    });
    const Result<bool> done = act(*journal, folder);
    const bool fired = count >= n;
    if (fired && fault.lasting) {
      EXPECT_FALSE(done);
    }
    vfs.set_judge({});
    check_invariants(*journal, kDestinations.size());
    journal.reset();
    journal = open_journal(folder / "journal.db", clock);
    EXPECT_FALSE(journal->rebuilt());
    check_invariants(*journal, kDestinations.size());
    if (done) {
      EXPECT_TRUE(journal->scene("scene-1").value().has_value());
    }
    const Result<bool> again = act(*journal, folder);
    EXPECT_TRUE(again || again.error().message == "nothing is due");
    check_invariants(*journal, kDestinations.size());
    if (!fired) break;
    operations = n;
    if (testing::Test::HasFatalFailure()) return;
  }
  // A commit writes frames and syncs the log: fewer would mean that the faults hit nothing.
  EXPECT_GE(operations, 3U);
}

class JournalFaultTest : public testing::TestWithParam<Fault> {};

TEST_P(JournalFaultTest, FailedCommitOfASceneLeavesAllOrNothing) {
  const SceneManifest manifest = make_manifest("scene-1");
  fail_every_operation(
      GetParam(), [](Journal&, const TemporaryFolder&) {},
      [&](Journal& journal, const TemporaryFolder& folder) {
        return journal.commit_scene(manifest, "pass-1", folder / "scene-1", kDestinations);
      });
}

TEST_P(JournalFaultTest, FailedLastConfirmationLeavesDeliveredAndAnnouncedOrNeither) {
  const SceneManifest manifest = make_manifest("scene-1");
  fail_every_operation(
      GetParam(),
      [&](Journal& journal, const TemporaryFolder& folder) {
        const auto scene = write_assets(folder.path(), manifest);
        ASSERT_TRUE(journal.commit_scene(manifest, "pass-1", scene, kDestinations));
        for (int i = 0; i < 5; ++i) ASSERT_FALSE(confirm_next(journal).value());
      },
      [](Journal& journal, const TemporaryFolder&) { return confirm_next(journal); });
}

INSTANTIATE_TEST_SUITE_P(Faults, JournalFaultTest,
                         testing::Values(Fault{SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, false},
                                         Fault{SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, true},
                                         Fault{SQLITE_FULL, SQLITE_IOERR_FSYNC, true}));

TEST(JournalFault, KindTellsAFullDiskFromABrokenOne) {
  const TemporaryFolder folder;
  const ManualClock clock(test_start());
  FaultVfs vfs;
  const auto journal = open_journal(folder / "journal.db", clock);
  vfs.set_judge([](bool is_sync) { return is_sync ? SQLITE_IOERR_FSYNC : SQLITE_OK; });
  EXPECT_EQ(journal->add_announcement(make_announcement("event-1")).error().kind, ErrorKind::io);
  vfs.set_judge([](bool) { return SQLITE_FULL; });
  EXPECT_EQ(journal->add_announcement(make_announcement("event-1")).error().kind, ErrorKind::exhausted);
}

TEST(JournalFault, FullDiskIsMetByGivingUpTheReserve) {
  const TemporaryFolder folder;
  ManualClock clock(test_start());
  FaultVfs vfs;
  auto journal = open_journal(folder / "journal.db", clock);
  const std::filesystem::path reserve = folder / "journal.db.reserve";
  ASSERT_TRUE(journal->put_pass(Pass{}));
  ASSERT_EQ(std::filesystem::file_size(reserve), std::uint64_t{4} << 20);

  // As a full file system does: no room until the reserve is gone.
  vfs.set_judge([&](bool is_sync) { return !is_sync && std::filesystem::exists(reserve) ? SQLITE_FULL : SQLITE_OK; });
  EXPECT_TRUE(journal->commit_scene(make_manifest("scene-1"), "", folder / "scene-1", {"bucket"}).value());
  EXPECT_FALSE(std::filesystem::exists(reserve));
  EXPECT_EQ(journal->incidents(true).value().at(0).kind, "disk_full");
  EXPECT_TRUE(journal->commit_scene(make_manifest("scene-2"), "", folder / "scene-2", {"bucket"}).value());

  vfs.set_judge({});
  clock.advance(std::chrono::minutes(2));
  ASSERT_TRUE(journal->put_pass(Pass{}));
  EXPECT_TRUE(std::filesystem::exists(reserve)) << "taken again when there is room";
}

TEST(JournalFault, FullDiskAtTheStartIsMetByGivingUpTheReserve) {
  const TemporaryFolder folder;
  const ManualClock clock(test_start());
  const std::filesystem::path reserve = folder / "journal.db.reserve";
  ASSERT_TRUE(write_file_durably(reserve, Bytes(1000)));
  FaultVfs vfs;
  vfs.set_judge([&](bool) { return std::filesystem::exists(reserve) ? SQLITE_FULL : SQLITE_OK; });
  EXPECT_NE(open_journal(folder / "journal.db", clock), nullptr);
  vfs.set_judge([](bool) { return SQLITE_FULL; });
  EXPECT_EQ(Journal::open(folder / "other.db", clock).error().kind, ErrorKind::exhausted);
}

// What the caller had been told when the power went, and what was on the disk then.
struct Moment {
  DiskImage image;
  std::size_t scenes_acknowledged = 0;
  std::size_t confirmations_acknowledged = 0;
};

void check_moment(const Moment& moment, const Clock& clock) {
  const TemporaryFolder folder;
  FaultVfs::write(moment.image, folder.path());
  const auto journal = open_journal(folder / "journal.db", clock);
  ASSERT_NE(journal, nullptr);
  ASSERT_FALSE(journal->rebuilt()) << "a power cut must not look like damage";
  check_invariants(*journal, kDestinations.size());
  const Counts counts = journal->counts().value();
  ASSERT_GE(counts.scenes_spooled + counts.scenes_delivered, moment.scenes_acknowledged);
  ASSERT_GE(counts.deliveries_confirmed, moment.confirmations_acknowledged);
}

TEST(JournalFault, PowerCutAtAnyOperationKeepsEverythingAcknowledged) {
  const TemporaryFolder folder;
  const ManualClock clock(test_start());
  std::mt19937 random(20260512);
  FaultVfs vfs;
  Moment now;
  std::vector<Moment> moments;
  const auto watch = [&](bool) {
    moments.push_back({vfs.power_cut(random), now.scenes_acknowledged, now.confirmations_acknowledged});
    return SQLITE_OK;
  };
  vfs.set_judge(watch);
  auto journal = open_journal(folder / "journal.db", clock);
  for (const char* id : {"scene-1", "scene-2"}) {
    const SceneManifest manifest = make_manifest(id);
    ASSERT_TRUE(journal->commit_scene(manifest, "pass-1", write_assets(folder.path(), manifest), kDestinations));
    ++now.scenes_acknowledged;
    for (int i = 0; i < 6; ++i) {
      ASSERT_TRUE(confirm_next(*journal));
      ++now.confirmations_acknowledged;
    }
  }
  journal.reset();
  // Only now, for the journals that are opened to check are files of the same name to the VFS.
  vfs.set_judge({});
  for (std::size_t i = 0; i < moments.size() && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE("operation " + std::to_string(i));
    check_moment(moments[i], clock);
  }
  EXPECT_GT(moments.size(), 100U);
}

// The same model with the setting that the journal does not use. Were this to keep the row, the test above would
// prove nothing.
TEST(JournalFault, PowerCutWithSynchronousNormalLosesACommit) {
  for (const bool full : {true, false}) {
    const TemporaryFolder folder;
    FaultVfs vfs;
    Database database = Database::open(folder / "journal.db").value();
    ASSERT_TRUE(database.value("PRAGMA journal_mode = WAL"));
    ASSERT_TRUE(database.execute(full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"));
    ASSERT_TRUE(database.execute("CREATE TABLE rows (id INTEGER)"));
    ASSERT_TRUE(database.value("PRAGMA wal_checkpoint(TRUNCATE)"));
    ASSERT_TRUE(database.execute("INSERT INTO rows VALUES (1)"));
    bool lost = false;
    for (unsigned seed = 0; seed < 10; ++seed) {
      std::mt19937 random(seed);
      const TemporaryFolder after;
      FaultVfs::write(vfs.power_cut(random), after.path() / "cut");
      Database survivor = Database::open(after.path() / "cut" / "journal.db").value();
      lost = lost || survivor.value("SELECT COUNT(*) FROM rows").value() != "1";
    }
    EXPECT_EQ(lost, !full);
  }
}

}  // namespace
}  // namespace dl::spool
