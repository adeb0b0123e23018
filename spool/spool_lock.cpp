#include "spool/spool_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <cerrno>

#include <fmt/format.h>

namespace dl::spool {

namespace {

// Whoever holds the lock may not have written its id yet.
std::string holder(int descriptor) {
  Bytes text(32);
  const Result<std::size_t> count = read_at(descriptor, 0, text, "lock");
  const std::string_view content = as_text(ByteView(text).first(count.value_or(0)));
  const std::string_view digits = content.substr(0, content.find_first_not_of("0123456789"));
  return digits.empty() ? "another process" : fmt::format("process {}", digits);
}

}  // namespace

Result<SpoolLock> SpoolLock::take(const std::filesystem::path& path) {
  DL_TRY(FileDescriptor file, open_file(path, O_RDWR | O_CREAT, 0644));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_errno(fmt::format("cannot lock '{}'", path.string()), errno);
    return fail(ErrorKind::transient,
                fmt::format("the spool '{}' is in use by {}: two daemons cannot share it; stop the other one or "
                            "configure another spool folder",
                            path.parent_path().string(), holder(file.get())));
  }
  if (::ftruncate(file.get(), 0) != 0) return fail_errno(fmt::format("cannot write '{}'", path.string()), errno);
  // Only for the message above: a full disk must not keep the daemon from starting.
  static_cast<void>(write_all(file.get(), as_bytes(fmt::format("{}\n", ::getpid())), path.string()));
  return SpoolLock(std::move(file));
}

}  // namespace dl::spool
