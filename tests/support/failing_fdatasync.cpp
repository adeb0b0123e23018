#include "tests/support/failing_fdatasync.h"

#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <filesystem>
#include <mutex>

namespace dl::test {
namespace {

struct Plan {
  std::mutex mutex;
  std::string name_part;
  int failures_left = 0;
};

Plan& plan() {
  static Plan the_plan;
  return the_plan;
}

bool must_fail(int descriptor) {
  const std::lock_guard lock(plan().mutex);
  if (plan().failures_left == 0) return false;
  std::error_code ignored;
  const auto file = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor), ignored);
  if (file.filename().string().find(plan().name_part) == std::string::npos) return false;
  --plan().failures_left;
  return true;
}

}  // namespace

void fail_fdatasync(const std::string& name_part, int count) {
  const std::lock_guard lock(plan().mutex);
  plan().name_part = name_part;
  plan().failures_left = count;
}

}  // namespace dl::test

extern "C" int fdatasync(int descriptor) {
  if (!dl::test::must_fail(descriptor)) return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
  errno = EIO;
  return -1;
}
