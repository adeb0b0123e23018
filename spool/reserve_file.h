// Disk space put aside, so that a full disk cannot stop the bookkeeping.
#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>

#include "core/error.h"

namespace dl::spool {

// A file of real (allocated) bytes. release() gives them back to the file system at the moment when the journal
// finds no room; restore() takes them again when there is plenty.
class ReserveFile {
 public:
  static constexpr std::uint64_t kSizeBytes = std::uint64_t{4} << 20;

  explicit ReserveFile(std::filesystem::path path) : path_(std::move(path)) {}

  // Allocates the file unless it is there whole. Needs four times its size free, or it does nothing: on a disk
  // that is nearly full the reserve would be what fills it. True when the reserve is there afterwards.
  Result<bool> restore();
  // True when there was something to give back.
  bool release();

 private:
  std::filesystem::path path_;
};

}  // namespace dl::spool
