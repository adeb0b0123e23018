// The journal and the power: at every single operation on its files the plug is pulled, with callers that were told
// things until then, one at a time and several in one commit. And the same with weaker settings, which must show.
#include <gtest/gtest.h>

#include "spool/fault_vfs.h"
#include "spool/journal_implementation.h"
#include "spool/journal_invariants.h"
#include "spool/test_scenes.h"

namespace dl::spool {
namespace {

const std::vector<DeliveryTarget> kDestinations = {"bucket", "archive"};

// What callers had been told when the power went, and what was on the disk then.
struct Moment {
  DiskImage image;
  std::size_t scenes_acknowledged = 0;
  std::size_t confirmations_acknowledged = 0;
};

// Runs a station and keeps what a power cut at every operation would have left.
class PowerTest : public testing::Test {
 protected:
  void start(std::string_view synchronous = "FULL") {
    vfs_.set_judge([this](bool) {
      moments_.push_back({vfs_.power_cut(random_), scenes_acknowledged_, confirmations_acknowledged_});
      return SQLITE_OK;
    });
    auto opened = Journal::Implementation::open(folder_ / "journal.db", clock_, synchronous);
    ASSERT_TRUE(opened) << opened.error().message;
    journal_ = std::move(*opened);
  }

  void work_one_by_one() {
    for (const char* id : {"scene-1", "scene-2"}) {
      const SceneManifest manifest = make_manifest(id);
      ASSERT_TRUE(journal_->commit_scene(manifest, "pass-1", write_assets(folder_.path(), manifest), kDestinations));
      ++scenes_acknowledged_;
      for (int i = 0; i < 6; ++i) {
        ASSERT_TRUE(confirm_next(*journal_));
        ++confirmations_acknowledged_;
      }
    }
  }

  // Two scenes in one commit, then up to four confirmations, one of them of a job that fails, in each.
  void work_together() {
    std::vector<Journal::Job> commits;
    for (const char* id : {"scene-1", "scene-2"}) {
      const SceneManifest manifest = make_manifest(id);
      const auto folder = write_assets(folder_.path(), manifest);
      commits.push_back([manifest, folder](Journal& journal) -> Result<void> {
        DL_CHECK(journal.commit_scene(manifest, "pass-1", folder, kDestinations));
        return {};
      });
    }
    scenes_acknowledged_ += run(commits);
    const Journal::Job confirm = [](Journal& journal) { return confirm_next(journal); };
    const Journal::Job confirm_and_fail = [](Journal& journal) -> Result<void> {
      DL_CHECK(confirm_next(journal));
      return fail(ErrorKind::cancelled, "changed its mind");
    };
    for (int round = 0; round < 4; ++round) {
      confirmations_acknowledged_ += run({confirm, confirm, confirm_and_fail, confirm});
    }
    EXPECT_EQ(scenes_acknowledged_, 2U);
    EXPECT_EQ(confirmations_acknowledged_, 12U);
  }

  // How many of the moments lost what somebody had been told, or broke an invariant.
  std::size_t violations() {
    journal_.reset();
    // Only now, for the journals that are opened to check are files of the same name to the VFS.
    vfs_.set_judge({});
    EXPECT_GT(moments_.size(), 30U);
    std::size_t bad = 0;
    for (const Moment& moment : moments_) {
      const TemporaryFolder after;
      FaultVfs::write(moment.image, after.path());
      bad += is_kept(moment, after.path() / "journal.db") ? 0 : 1;
    }
    return bad;
  }

  TemporaryFolder folder_;

 private:
  static Result<void> confirm_next(Journal& journal) {
    for (const auto& [destination, required] : kDestinations) {
      DL_TRY(const std::vector<Delivery> due, journal.due_deliveries(destination, 1));
      if (due.empty()) continue;
      DL_CHECK(journal.confirm_delivery(due[0].id, {"1", destination}, announce_once));
      return {};
    }
    return fail(ErrorKind::permanent, "nothing is due");
  }

  std::size_t run(const std::vector<Journal::Job>& jobs) {
    std::vector<const Journal::Job*> pointers;
    for (const Journal::Job& job : jobs) pointers.push_back(&job);
    std::size_t done = 0;
    for (const Result<void>& outcome : journal_->run_together(pointers)) done += outcome ? 1 : 0;
    return done;
  }

  bool is_kept(const Moment& moment, const std::filesystem::path& path) {
    const auto journal = Journal::open(path, clock_);
    // A power cut must not look like damage.
    if (!journal || (*journal)->rebuilt()) return false;
    check_invariants(**journal, kDestinations.size());
    const Counts counts = (*journal)->counts().value();
    return counts.scenes_spooled + counts.scenes_delivered >= moment.scenes_acknowledged &&
           counts.deliveries_confirmed >= moment.confirmations_acknowledged;
  }

  ManualClock clock_{test_start()};
  std::mt19937 random_{20260512};
  FaultVfs vfs_;
  std::vector<Moment> moments_;
  std::size_t scenes_acknowledged_ = 0;
  std::size_t confirmations_acknowledged_ = 0;
  std::unique_ptr<Journal> journal_;
};

TEST_F(PowerTest, PowerCutAtAnyOperationKeepsEverythingAcknowledged) {
  start();
  work_one_by_one();
  EXPECT_EQ(violations(), 0U);
}

TEST_F(PowerTest, PowerCutAtAnyOperationKeepsEverythingAcknowledgedOfJobsThatShareACommit) {
  start();
  work_together();
  EXPECT_EQ(violations(), 0U);
}

// Were these to see nothing, the tests above would prove nothing.

TEST_F(PowerTest, SynchronousNormalIsSeenToLoseWhatWasAcknowledged) {
  start("NORMAL");
  work_one_by_one();
  EXPECT_GT(violations(), 0U);
}

TEST_F(PowerTest, SynchronousNormalIsSeenToLoseJobsThatShareACommit) {
  start("NORMAL");
  work_together();
  EXPECT_GT(violations(), 0U);
}

TEST_F(PowerTest, SynchronousOffIsSeenToLoseWhatWasAcknowledged) {
  start("OFF");
  work_one_by_one();
  EXPECT_GT(violations(), 0U);
}

}  // namespace
}  // namespace dl::spool
