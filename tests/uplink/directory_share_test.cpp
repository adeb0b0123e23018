// A folder on a share that comes and goes, fills up and fails to sync. The mounts are made in a mount namespace of the
// test's own, for which it must be root.
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "uplink/delivery/test_station.h"
#include "uplink/directory/directory_destination.h"
#include "uplink/http/bandwidth.h"

namespace {
// How many calls of fsync from now on succeed; all when negative.
int syncs_before_failure = -1;
// As on shares that know no hard links, and on those that know no RENAME_NOREPLACE either.
bool no_links = false;
bool no_exclusive_rename = false;
}  // namespace

// In front of the C library's, in this program only.
extern "C" int fsync(int descriptor) {
  if (syncs_before_failure == 0) {
    errno = EIO;
    return -1;
  }
  if (syncs_before_failure > 0) --syncs_before_failure;
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

extern "C" int link(const char* from, const char* to) noexcept {
  if (no_links) {
    errno = EPERM;
    return -1;
  }
  return ::linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

extern "C" int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  if (no_exclusive_rename) {
    errno = EINVAL;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}

namespace dl::test {
namespace {

using uplink::DirectoryDestination;
using uplink::DirectoryOptions;
using uplink::Outcome;
using uplink::OutcomeKind;

class DirectoryShareTest : public ::testing::Test {
 protected:
  DirectoryShareTest() {
    options_.name = "share";
    options_.path = share_;
    std::filesystem::create_directories(share_);
  }
  void TearDown() override {
    syncs_before_failure = -1;
    no_links = no_exclusive_rename = false;
    while (mounts_-- > 0) ::umount2(share_.c_str(), MNT_DETACH);
  }
  // False: this test cannot mount here.
  bool own_namespace() {
    return ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  }
  void mount_disk(const std::string& size = "16m") {
    ASSERT_EQ(::mount("disk", share_.c_str(), "tmpfs", 0, ("size=" + size).c_str()), 0) << std::strerror(errno);
    ++mounts_;
  }
  // A share whose server is gone: every call says ENOTCONN.
  void mount_dead_share() {
    const int device = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
    ASSERT_GE(device, 0);
    const std::string how = "fd=" + std::to_string(device) + ",rootmode=40000,user_id=0,group_id=0";
    ASSERT_EQ(::mount("dead", share_.c_str(), "fuse", 0, how.c_str()), 0) << std::strerror(errno);
    ::close(device);
    ++mounts_;
  }
  void unmount() {
    ASSERT_EQ(::umount2(share_.c_str(), MNT_DETACH), 0);
    --mounts_;
  }
  Outcome deliver() { return DirectoryDestination(options_).deliver(delivery_, notes_).value(); }
  [[nodiscard]] std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(share_))
      count += entry.is_regular_file() ? 1U : 0U;
    return count;
  }

  uplink::testing::Folder folder_;
  std::filesystem::path share_ = folder_ / "share";
  std::string content_ = uplink::testing::noise(2'000'000);
  spool::Delivery delivery_ = uplink::testing::make_delivery(folder_ / "band-4.tif", content_);
  uplink::testing::Notes notes_;
  DirectoryOptions options_;
  int mounts_ = 0;
};

TEST_F(DirectoryShareTest, NothingLandsBelowAMissingMount) {
  options_.require_mount = true;
  const auto outcome = deliver();
  EXPECT_EQ(outcome.kind, OutcomeKind::refused);
  EXPECT_NE(outcome.message.find("nothing is mounted"), std::string::npos) << outcome.message;
  EXPECT_TRUE(std::filesystem::is_empty(share_));
  std::filesystem::remove(share_);
  EXPECT_EQ(deliver().kind, OutcomeKind::refused);
  EXPECT_FALSE(std::filesystem::exists(share_));
}

TEST_F(DirectoryShareTest, ShareThatGoesAwayIsWaitedForAndServedWhenItIsBack) {
  if (!own_namespace()) GTEST_SKIP() << "cannot make a mount namespace here: " << std::strerror(errno);
  options_.require_mount = true;
  mount_disk();
  EXPECT_EQ(deliver().kind, OutcomeKind::confirmed);
  mount_dead_share();
  for (const bool require : {true, false}) {
    options_.require_mount = require;
    const auto gone = deliver();
    EXPECT_EQ(gone.kind, OutcomeKind::retry_later) << gone.message;
    EXPECT_NE(gone.message.find("not connected"), std::string::npos) << gone.message;
  }
  options_.require_mount = true;
  unmount();
  unmount();
  EXPECT_EQ(deliver().kind, OutcomeKind::refused);
  EXPECT_TRUE(std::filesystem::is_empty(share_));
  mount_disk();
  EXPECT_EQ(deliver().kind, OutcomeKind::confirmed);
  EXPECT_EQ(files(), 1U);
}

TEST_F(DirectoryShareTest, FullShareIsWaitedForAndLeftClean) {
  if (!own_namespace()) GTEST_SKIP() << "cannot make a mount namespace here: " << std::strerror(errno);
  mount_disk("1m");
  for (const bool nameless : {true, false}) {
    options_.nameless_temporary = nameless;
    const auto full = deliver();
    EXPECT_EQ(full.kind, OutcomeKind::retry_later) << full.message;
    EXPECT_NE(full.message.find("No space left"), std::string::npos) << full.message;
    EXPECT_EQ(files(), 0U);
  }
}

TEST_F(DirectoryShareTest, ReadOnlyShareIsRefused) {
  if (!own_namespace()) GTEST_SKIP() << "cannot make a mount namespace here: " << std::strerror(errno);
  mount_disk();
  ASSERT_EQ(::mount(nullptr, share_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
  EXPECT_EQ(deliver().kind, OutcomeKind::refused);
}

TEST_F(DirectoryShareTest, WhatCouldNotBeSyncedIsNeverBelieved) {
  for (const bool nameless : {true, false}) {
    options_.nameless_temporary = nameless;
    // The fsync that fails: of a new folder, of the file, of the file's folder, until none does.
    int failures = 0;
    for (int nth = 0;; ++nth) {
      std::filesystem::remove_all(share_);
      std::filesystem::create_directories(share_);
      syncs_before_failure = nth;
      const auto outcome = deliver();
      const bool failed = syncs_before_failure == 0 && outcome.kind != OutcomeKind::confirmed;
      syncs_before_failure = -1;
      if (!failed) {
        EXPECT_EQ(outcome.kind, OutcomeKind::confirmed) << outcome.message;
        break;
      }
      ++failures;
      EXPECT_EQ(outcome.kind, OutcomeKind::retry_later) << outcome.message;
      EXPECT_EQ(files(), 0U) << nth;
      EXPECT_EQ(deliver().kind, OutcomeKind::confirmed);
    }
    EXPECT_EQ(failures, 4);  // metop-b, s1, the file, and s1 once more
  }
}

TEST_F(DirectoryShareTest, FileGetsItsNameAlsoWithoutHardLinksAndReplacesNothing) {
  options_.nameless_temporary = false;
  no_links = true;
  const auto target = share_ / "metop-b/s1/band-4.tif";
  for (const bool plain_rename : {false, true}) {
    no_exclusive_rename = plain_rename;
    EXPECT_EQ(deliver().kind, OutcomeKind::confirmed);
    EXPECT_TRUE(read_text_file(target).value_or("") == content_);
    EXPECT_EQ(files(), 1U);
    EXPECT_TRUE(deliver().was_there);
    uplink::testing::write_text(target, "foreign");
    EXPECT_EQ(deliver().kind, OutcomeKind::conflict);
    EXPECT_EQ(files(), 1U);
    std::filesystem::remove(target);
  }
}

TEST_F(DirectoryShareTest, OldTemporariesOfDeadAttemptsAreRemovedAndYoungOnesAreNot) {
  options_.nameless_temporary = false;
  const auto scene = share_ / "metop-b/s1";
  uplink::testing::write_text(scene / ".downlinkd-aaaaaa", "old");
  std::filesystem::last_write_time(scene / ".downlinkd-aaaaaa",
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours{25});
  uplink::testing::write_text(scene / ".downlinkd-bbbbbb", "young");
  uplink::testing::write_text(scene / "other", "x");
  EXPECT_EQ(deliver().kind, OutcomeKind::confirmed);
  EXPECT_FALSE(std::filesystem::exists(scene / ".downlinkd-aaaaaa"));
  EXPECT_TRUE(std::filesystem::exists(scene / ".downlinkd-bbbbbb"));
  EXPECT_EQ(files(), 3U);
}

TEST_F(DirectoryShareTest, BandwidthIsKeptAndAPauseCanBeEnded) {
  const SystemClock clock;
  uplink::Bandwidth bandwidth(clock);
  bandwidth.set_limit(4'000'000);
  options_.bandwidth = &bandwidth;
  const auto started = clock.steady_now();
  EXPECT_EQ(deliver().kind, OutcomeKind::confirmed);
  EXPECT_GE(clock.steady_now() - started, Milliseconds{380});
  std::filesystem::remove_all(share_ / "metop-b");
  bandwidth.set_limit(0);
  class Aborting final : public uplink::DeliveryJournal {
   public:
    Result<void> record_session(const std::string&) override { return {}; }
    Result<void> record_progress(std::uint64_t) override { return {}; }
    [[nodiscard]] bool stop_requested() const override { return false; }
    [[nodiscard]] bool abort_requested() const override { return ++asked_ > 4; }

   private:
    mutable int asked_ = 0;
  } aborting;
  EXPECT_EQ(DirectoryDestination(options_).deliver(delivery_, aborting)->kind, OutcomeKind::stopped);
  EXPECT_EQ(files(), 0U);
}

}  // namespace
}  // namespace dl::test
