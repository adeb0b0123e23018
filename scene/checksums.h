// Size and hashes of a file as it stands on disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/error.h"

namespace dl::scene {

struct FileDigest {
  std::uint64_t size_bytes = 0;
  std::string sha256;  // hex
  std::uint32_t crc32c = 0;
};

// Reads the file once, in pieces. Kind io.
Result<FileDigest> digest_file(const std::filesystem::path& path);

}  // namespace dl::scene
