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

TEST_P(JournalFaultTest, FailedDropOfASceneLeavesTombstoneAndAnnouncementOrNeither) {
  const SceneManifest manifest = make_manifest("scene-1");
  fail_every_operation(
      GetParam(),
      [&](Journal& journal, const TemporaryFolder& folder) {
        ASSERT_TRUE(journal.commit_scene(manifest, "pass-1", folder / "scene-1", kDestinations));
        ASSERT_FALSE(confirm_next(journal).value());
      },
      [](Journal& journal, const TemporaryFolder&) {
        return journal.drop_scene("scene-1", "quota", announce_drop_once);
      });
}

// A scene comes, another is delivered, one job fails, one only reads.
TEST_P(JournalFaultTest, FailedRoundOfJobsLeavesEachDoneOrNotDone) {
  const SceneManifest first = make_manifest("scene-1");
  const SceneManifest second = make_manifest("scene-2");
  fail_every_operation(
      GetParam(),
      [&](Journal& journal, const TemporaryFolder& folder) {
        const auto scene = write_assets(folder.path(), first);
        ASSERT_TRUE(journal.commit_scene(first, "pass-1", scene, kDestinations));
        for (int i = 0; i < 5; ++i) ASSERT_FALSE(confirm_next(journal).value());
      },
      [&](Journal& journal, const TemporaryFolder& folder) -> Result<bool> {
        const Journal::Job confirm = [](Journal& owned) -> Result<void> {
          const Result<bool> confirmed = confirm_next(owned);
          if (!confirmed && confirmed.error().message != "nothing is due") return Failure(confirmed.error());
          return {};
        };
        const Journal::Job commit = [&](Journal& owned) -> Result<void> {
          DL_CHECK(owned.commit_scene(second, "pass-1", folder / "scene-2", kDestinations));
          return {};
        };
        const Journal::Job gives_up = [](Journal& owned) -> Result<void> {
          DL_CHECK(owned.drop_scene("scene-1", "changed its mind", announce_drop_once));
          return fail(ErrorKind::cancelled, "changed its mind");
        };
        const Journal::Job read = [](Journal& owned) -> Result<void> {
          DL_CHECK(owned.counts());
          return {};
        };
        const std::vector<const Journal::Job*> jobs = {&confirm, &gives_up, &commit, &read};
        const auto outcomes = journal.run_together(jobs);
        EXPECT_FALSE(outcomes[1]);
        DL_CHECK(outcomes[0]);
        DL_CHECK(outcomes[2]);
        return true;
      });
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

}  // namespace
}  // namespace dl::spool
