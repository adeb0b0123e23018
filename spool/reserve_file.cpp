#include "spool/reserve_file.h"

#include <fcntl.h>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "core/file.h"

namespace dl::spool {

Result<bool> ReserveFile::restore() {
  std::error_code ignored;
  if (std::filesystem::file_size(path_, ignored) == kSizeBytes) return true;
  DL_TRY(const std::uint64_t available, available_bytes(path_.parent_path()));
  if (available < 4 * kSizeBytes) return false;
  DL_TRY(const FileDescriptor file, open_file(path_, O_WRONLY | O_CREAT, 0600));
  int error = 0;
  do {
    error = ::posix_fallocate(file.get(), 0, static_cast<off_t>(kSizeBytes));
  } while (error == EINTR);
  if (error != 0) {
    std::filesystem::remove(path_, ignored);
    return fail_errno(fmt::format("cannot allocate {} bytes for '{}'", kSizeBytes, path_.string()), error);
  }
  return true;
}

bool ReserveFile::release() {
  std::error_code ignored;
  return std::filesystem::remove(path_, ignored);
}

}  // namespace dl::spool
