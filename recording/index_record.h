// One record of rec-NNNNNN.idx: docs/formats/recording.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "core/bytes.h"
#include "core/time.h"

namespace dl::recording {

inline constexpr std::size_t kIndexRecordBytes = 32;

// What the station said of the chunk, where it hands over whole frames and says so: then a chunk is one frame, or
// several of the same verdict. The numbers are those in the file.
enum class Verdict : std::uint8_t { none = 0, good = 1, erred = 2 };

// A stretch of the recording that was written at once. Offsets count from the start of the recording, over all its
// files. The first record of every file but the first has size 0 and says where the file begins.
struct Chunk {
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
  std::uint32_t connection = 0;  // 24 bits; 1 for the first connection of the pass
  Verdict verdict = Verdict::none;
  UtcTime received_at{};     // when its first byte came
  std::uint32_t crc32c = 0;  // of its bytes
  // False for a stretch whose index record was damaged: the bytes are there, time and CRC are not.
  bool indexed = true;

  [[nodiscard]] std::uint64_t end() const { return offset + size; }
  friend bool operator==(const Chunk&, const Chunk&) = default;
};

void encode_index_record(const Chunk& chunk, std::span<Byte, kIndexRecordBytes> out);

// nullopt when the record's own CRC is wrong.
std::optional<Chunk> decode_index_record(std::span<const Byte, kIndexRecordBytes> record);

// "rec-000001.raw" and "rec-000001.idx" in `directory`; numbers start at 1.
std::filesystem::path raw_path(const std::filesystem::path& directory, unsigned number);
std::filesystem::path index_path(const std::filesystem::path& directory, unsigned number);

}  // namespace dl::recording
