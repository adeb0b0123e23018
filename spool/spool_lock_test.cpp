#include "spool/spool_lock.h"

#include <sys/wait.h>
#include <unistd.h>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spool/test_scenes.h"

namespace dl::spool {
namespace {

using testing::HasSubstr;

TEST(SpoolLock, SecondDaemonIsRefusedAndToldWhoTheFirstIs) {
  const TemporaryFolder folder;
  const auto first = SpoolLock::take(folder / "lock");
  ASSERT_TRUE(first);
  const auto second = SpoolLock::take(folder / "lock");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::transient);
  EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
  EXPECT_THAT(second.error().message, HasSubstr(folder.path().string()));
}

TEST(SpoolLock, EndsWithItsOwner) {
  const TemporaryFolder folder;
  std::optional<SpoolLock> lock = SpoolLock::take(folder / "lock").value();
  lock.reset();
  EXPECT_TRUE(SpoolLock::take(folder / "lock"));
}

TEST(SpoolLock, EndsWithAKilledProcess) {
  const TemporaryFolder folder;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto lock = SpoolLock::take(folder / "lock");
    ::kill(::getpid(), SIGKILL);
    ::_exit(lock ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(read_text_file(folder / "lock").value(), std::to_string(child) + "\n");
  EXPECT_TRUE(SpoolLock::take(folder / "lock"));
  EXPECT_EQ(read_text_file(folder / "lock").value(), std::to_string(::getpid()) + "\n");
}

}  // namespace
}  // namespace dl::spool
