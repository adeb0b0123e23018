// The files of a folder that a source takes in: which count, and how one is told from all others.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/time.h"

namespace dl::daemon {

struct FolderFile {
  std::string name;  // in the folder, no slash
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;  // since 1970-01-01

  [[nodiscard]] UtcTime modified_at() const;
  // Twelve hexadecimal digits that no other name, size or time of modification has: the same file, the same mark.
  [[nodiscard]] std::string mark() const;
  friend bool operator==(const FolderFile&, const FolderFile&) = default;
};

// Whether a file of that name is to be taken in: it matches `pattern` (glob(7)), and is neither hidden nor named as
// files are while they are written ("x.part", "x.partial", "x.tmp", "x.filepart").
bool counts(const std::string& name, const std::string& pattern);

// The regular files of `directory` that count and are not empty, in order of modification, then of name. Follows
// symbolic links, does not descend. Kind io.
Result<std::vector<FolderFile>> list_folder(const std::filesystem::path& directory, const std::string& pattern);

}  // namespace dl::daemon
