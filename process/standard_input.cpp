#include "process/standard_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <filesystem>

namespace dl::process {
namespace {

constexpr std::size_t kBlockBytes = 1U << 20;

}  // namespace

Result<FileDescriptor> standard_input_file() {
  struct stat status {};
  if (::fstat(STDIN_FILENO, &status) != 0) return fail_errno("cannot read the standard input", errno);
  if (S_ISREG(status.st_mode)) {
    FileDescriptor file(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!file.valid()) return fail_errno("cannot read the standard input", errno);
    return file;
  }
  std::error_code none;
  const auto folder = std::filesystem::temp_directory_path(none);
  DL_TRY(FileDescriptor file, open_file(none ? "/tmp" : folder, O_TMPFILE | O_RDWR, 0600));
  Bytes block(kBlockBytes);
  for (;;) {
    const ssize_t count = ::read(STDIN_FILENO, block.data(), block.size());
    if (count == 0) return file;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("cannot read the standard input", errno);
    DL_CHECK(write_all(file.get(), ByteView(block).first(static_cast<std::size_t>(count)), "a temporary file"));
  }
}

}  // namespace dl::process
