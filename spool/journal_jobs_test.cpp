// Jobs that share a commit: each for itself, all with one sync.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spool/fault_vfs.h"
#include "spool/journal_fixture.h"

namespace dl::spool {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class JournalJobsTest : public JournalTest {
 protected:
  std::vector<Result<void>> run(const std::vector<Journal::Job>& jobs) {
    std::vector<const Journal::Job*> pointers;
    for (const Journal::Job& job : jobs) pointers.push_back(&job);
    return journal_->run_together(pointers);
  }
  static Journal::Job announce(const std::string& id) {
    return [id](Journal& journal) { return journal.add_announcement(make_announcement(id)); };
  }
  // So that nothing else writes during the test.
  void take_reserve() { ASSERT_TRUE(journal_->put_pass(Pass{})); }
};

// Counts the syncs and the writes of the journal that is open at the moment.
class JournalSyncTest : public JournalJobsTest {
 protected:
  void SetUp() override {
    JournalTest::SetUp();
    reopen();
    take_reserve();
    vfs_.set_judge([this](bool is_sync) {
      ++(is_sync ? syncs_ : writes_);
      return SQLITE_OK;
    });
  }
  void TearDown() override { journal_.reset(); }

  int syncs_ = 0;
  int writes_ = 0;

 private:
  FaultVfs vfs_;
};

TEST_F(JournalSyncTest, ManyJobsNeedOneSync) {
  std::vector<Journal::Job> jobs;
  for (int i = 0; i < 50; ++i) jobs.push_back(announce("event-" + std::to_string(i)));
  for (const Result<void>& outcome : run(jobs)) EXPECT_TRUE(outcome);
  EXPECT_EQ(syncs_, 1);
  EXPECT_EQ(due_events().size(), 50U);
}

TEST_F(JournalSyncTest, JobsThatOnlyReadNeedNone) {
  const Journal::Job read = [](Journal& journal) -> Result<void> {
    DL_CHECK(journal.counts());
    DL_CHECK(journal.due_deliveries("bucket", 10));
    return {};
  };
  for (const Result<void>& outcome : run({read, read, read})) EXPECT_TRUE(outcome);
  EXPECT_EQ(syncs_, 0);
  EXPECT_EQ(writes_, 0);
}

TEST_F(JournalSyncTest, JobsThatAllFailWriteNothing) {
  const Journal::Job wrong = [](Journal& journal) { return journal.release_delivery(4711); };
  for (const Result<void>& outcome : run({wrong, wrong})) EXPECT_EQ(outcome.error().kind, ErrorKind::permanent);
  EXPECT_EQ(syncs_, 0);
}

TEST_F(JournalJobsTest, FailedJobTakesBackItsOwnWritesAndNoneOfTheOthers) {
  const Journal::Job half = [](Journal& journal) -> Result<void> {
    DL_CHECK(journal.add_announcement(make_announcement("half")));
    DL_CHECK(journal.add_announcement(make_announcement("another half")));
    return fail(ErrorKind::corrupt, "changed its mind");
  };
  const auto outcomes = run({announce("before"), half, announce("after")});
  EXPECT_TRUE(outcomes[0]);
  EXPECT_EQ(outcomes[1].error().message, "changed its mind");
  EXPECT_TRUE(outcomes[2]);
  EXPECT_THAT(due_events(), ElementsAre("before", "after"));
  EXPECT_TRUE(journal_->take_new_work().announcements);
}

TEST_F(JournalJobsTest, FailureThatTheJobForgivesTakesBackThatCallOnly) {
  const Journal::Job forgiving = [](Journal& journal) -> Result<void> {
    DL_CHECK(journal.add_announcement(make_announcement("first")));
    SceneManifest broken = make_manifest("scene-1");
    broken.assets[1].name = broken.assets[0].name;  // found when the scene's row is there already
    EXPECT_FALSE(journal.commit_scene(broken, "", "/x", {"bucket"}));
    return journal.add_announcement(make_announcement("second"));
  };
  const Journal::Job broken_first = [](Journal& journal) -> Result<void> {
    SceneManifest broken = make_manifest("scene-2");
    broken.assets[1].name = broken.assets[0].name;
    EXPECT_FALSE(journal.commit_scene(broken, "", "/x", {"bucket"}));
    return journal.add_announcement(make_announcement("third"));
  };
  const auto outcomes = run({forgiving, broken_first, announce("fourth")});
  for (const Result<void>& outcome : outcomes) EXPECT_TRUE(outcome) << outcome.error().message;
  reopen();
  EXPECT_THAT(due_events(), ElementsAre("first", "second", "third", "fourth"));
  EXPECT_THAT(journal_->scenes().value(), IsEmpty());
}

TEST_F(JournalJobsTest, LaterJobSeesWhatAnEarlierOneWrote) {
  std::size_t seen = 0;
  const Journal::Job look = [&](Journal& journal) -> Result<void> {
    DL_TRY(const auto events, journal.announcements());
    seen = events.size();
    return {};
  };
  run({announce("event-1"), look});
  EXPECT_EQ(seen, 1U);
}

TEST_F(JournalJobsTest, NewWorkOfAFailedJobIsNotTold) {
  static_cast<void>(journal_->take_new_work());
  const Journal::Job half = [](Journal& journal) -> Result<void> {
    DL_CHECK(journal.add_announcement(make_announcement("half")));
    return fail(ErrorKind::corrupt, "changed its mind");
  };
  run({half, half});
  EXPECT_FALSE(journal_->take_new_work().announcements);
}

TEST_F(JournalJobsTest, FullDiskIsMetByGivingUpTheReserveForJobsToo) {
  FaultVfs vfs;
  reopen();
  take_reserve();
  const std::filesystem::path reserve = folder_ / "journal.db.reserve";
  ASSERT_TRUE(std::filesystem::exists(reserve));
  vfs.set_judge([&](bool is_sync) { return !is_sync && std::filesystem::exists(reserve) ? SQLITE_FULL : SQLITE_OK; });
  for (const Result<void>& outcome : run({announce("event-1"), announce("event-2")})) EXPECT_TRUE(outcome);
  EXPECT_FALSE(std::filesystem::exists(reserve));
  EXPECT_THAT(due_events(), ElementsAre("event-1", "event-2"));
  EXPECT_EQ(journal_->incidents(true).value().at(0).kind, "disk_full");

  vfs.set_judge([](bool is_sync) { return is_sync ? SQLITE_OK : SQLITE_FULL; });
  for (const Result<void>& outcome : run({announce("event-3"), announce("event-4")})) {
    EXPECT_EQ(outcome.error().kind, ErrorKind::exhausted);
  }
  vfs.set_judge({});
  EXPECT_THAT(due_events(), ElementsAre("event-1", "event-2"));
  journal_.reset();
}

TEST_F(JournalJobsTest, FailedCommitFailsEveryJobAndLeavesTheJournalUsable) {
  FaultVfs vfs;
  reopen();
  take_reserve();
  vfs.set_judge([](bool is_sync) { return is_sync ? SQLITE_IOERR_FSYNC : SQLITE_OK; });
  const Journal::Job wrong = [](Journal& journal) { return journal.release_delivery(4711); };
  const auto outcomes = run({announce("event-1"), wrong, announce("event-2")});
  EXPECT_EQ(outcomes[0].error().kind, ErrorKind::io);
  EXPECT_EQ(outcomes[1].error().kind, ErrorKind::permanent) << "its own failure says more";
  EXPECT_EQ(outcomes[2].error().kind, ErrorKind::io);
  EXPECT_FALSE(journal_->take_new_work().announcements);
  vfs.set_judge({});
  for (const Result<void>& outcome : run({announce("event-1"), announce("event-2")})) EXPECT_TRUE(outcome);
  EXPECT_THAT(due_events(), ElementsAre("event-1", "event-2"));
  journal_.reset();
}

TEST_F(JournalJobsTest, CommitThatFailsOnceIsTriedAgainForEachJobAlone) {
  FaultVfs vfs;
  reopen();
  take_reserve();
  int syncs = 0;
  vfs.set_judge([&](bool is_sync) { return is_sync && ++syncs == 1 ? SQLITE_IOERR_FSYNC : SQLITE_OK; });
  for (const Result<void>& outcome : run({announce("event-1"), announce("event-2")})) EXPECT_TRUE(outcome);
  EXPECT_EQ(syncs, 3);
  EXPECT_THAT(due_events(), ElementsAre("event-1", "event-2"));
  journal_.reset();
}

}  // namespace
}  // namespace dl::spool
