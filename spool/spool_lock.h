// One daemon per spool folder.
#pragma once

#include <filesystem>

#include "core/error.h"
#include "core/file.h"

namespace dl::spool {

// Holds flock(2) on a file until it is destroyed; the kernel lets go when the process dies, however it dies.
// Child processes do not inherit it (close-on-exec).
class SpoolLock {
 public:
  // Creates `path` if need be and writes our process id into it. Kind transient when another process holds it (the
  // message names its id): it may be on its way out.
  static Result<SpoolLock> take(const std::filesystem::path& path);

 private:
  explicit SpoolLock(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
};

}  // namespace dl::spool
