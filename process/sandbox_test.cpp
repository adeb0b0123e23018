#include "process/sandbox.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <new>

#include <gtest/gtest.h>

#include "core/file.h"

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

TEST(Sandbox, WritesOnlyBelowTheFoldersItWasGiven) {
  const std::string name = "/tmp/dl-sandbox-" + std::to_string(::getpid());
  std::filesystem::create_directories(name + "/making/a");
  std::filesystem::create_directories(name + "/scenes");
  std::filesystem::create_directories(name + "/elsewhere");
  const int status = in_child([&name] {
    const auto entered = enter_sandbox({.memory_limit_bytes = 0, .writable = {name + "/making", name + "/scenes"}});
    if (!entered) return entered.error().kind == ErrorKind::unsupported ? 77 : 1;
    const auto writes = [&name](const char* file) {
      return static_cast<bool>(open_file(name + file, O_WRONLY | O_CREAT));
    };
    if (!writes("/making/a/x") || ::rename((name + "/making/a").c_str(), (name + "/scenes/a").c_str()) != 0) return 2;
    if (writes("/elsewhere/x") || writes("/y") || ::unlink((name + "/scenes/a/x").c_str()) != 0) return 3;
    return ::rmdir((name + "/elsewhere").c_str()) != 0 && errno == EACCES ? 0 : 4;
  });
  std::filesystem::remove_all(name);
  if (status == 77) GTEST_SKIP() << "the kernel has no Landlock that can rename between folders";
  EXPECT_EQ(status, 0);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // their shadows need all the address space
TEST(Sandbox, LimitsMemory) {
  EXPECT_EQ(in_child([] {
              (void)enter_sandbox({.memory_limit_bytes = std::uint64_t{512} << 20, .writable = {}});
              void* large = std::malloc(std::size_t{1} << 30);
              return large == nullptr ? 0 : 1;
            }),
            0);
}
#endif

}  // namespace
}  // namespace dl::process
