#include "process/sandbox.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

namespace dl::process {
namespace {

// Runs `body` in a child, because a sandbox cannot be left; gives its exit status, -1 when a signal ended it.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool filter_can_be_installed() {
  return in_child([] { return enter_sandbox({}) ? 0 : 1; }) == 0;
}

TEST(Sandbox, HasNoNetwork) {
  if (!filter_can_be_installed()) GTEST_SKIP() << "the kernel refuses seccomp filters here";
  EXPECT_EQ(in_child([] {
              if (!enter_sandbox({})) return 1;
              const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
              return descriptor < 0 && errno == EPERM ? 0 : 2;
            }),
            0);
}

TEST(Sandbox, StartsNoProgram) {
  if (!filter_can_be_installed()) GTEST_SKIP() << "the kernel refuses seccomp filters here";
  EXPECT_EQ(in_child([] {
              if (!enter_sandbox({})) return 1;
              ::execl("/bin/true", "true", nullptr);
              return errno == EPERM ? 0 : 2;
            }),
            0);
}

TEST(Sandbox, KeepsInheritedDescriptorsUsable) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  EXPECT_EQ(in_child([&] { return enter_sandbox({}) && ::send(pair[0], "x", 1, 0) == 1 ? 0 : 1; }),
            filter_can_be_installed() ? 0 : 1);
  ::close(pair[0]);
  ::close(pair[1]);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // their shadows need all the address space
TEST(Sandbox, LimitsMemory) {
  EXPECT_EQ(in_child([] {
              (void)enter_sandbox({std::uint64_t{512} << 20});
              void* large = std::malloc(std::size_t{1} << 30);
              return large == nullptr ? 0 : 1;
            }),
            0);
}
#endif

}  // namespace
}  // namespace dl::process
