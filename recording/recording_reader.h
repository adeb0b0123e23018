// Reads the recording of a pass, while it grows or afterwards. Never changes it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "core/bytes.h"
#include "core/error.h"
#include "core/file.h"
#include "recording/index_record.h"

namespace dl::recording {

// A stretch of which no file has the bytes: an abandoned file's tail that a power cut took.
struct MissingStretch {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;

  [[nodiscard]] std::uint64_t end() const { return offset + size; }
  friend bool operator==(const MissingStretch&, const MissingStretch&) = default;
};

class RecordingReader {
 public:
  // Opens rec-000001.raw and what follows it in `directory` and reads the index. A recording without any file yet
  // is empty, not an error. Kind io when the folder is not there.
  static Result<RecordingReader> open(const std::filesystem::path& directory);

  // Takes in what was recorded since. Cheap when nothing was.
  Result<void> refresh();

  // In order, without holes: a chunk begins where the one before it ends. Valid until refresh().
  [[nodiscard]] const std::vector<Chunk>& chunks() const { return chunks_; }
  // Bytes that chunks() covers and read() gives.
  [[nodiscard]] std::uint64_t size_bytes() const { return chunks_.empty() ? 0 : chunks_.back().end(); }
  // In order; a part of what chunks() covers, there with `indexed` false. Drop reason torn_recording: what lies behind
  // such a stretch keeps its offset.
  [[nodiscard]] const std::vector<MissingStretch>& missing() const { return missing_; }
  // Bytes behind the last chunk of the last file: being written, or a tail that a power cut left.
  [[nodiscard]] Result<std::uint64_t> unindexed_bytes() const;
  // Index records that were damaged while a later one was not; their bytes are in chunks with `indexed` false.
  [[nodiscard]] std::uint64_t damaged_index_records() const { return damaged_index_records_; }

  // Fills `out` from `offset`, over file borders, with zeros for what is missing(); fewer bytes only at size_bytes().
  // Kind io when the file is shorter than its index says.
  Result<std::size_t> read(std::uint64_t offset, std::span<Byte> out) const;

  // The chunks at or behind `from` whose bytes do not have their CRC-32C, by position in chunks().
  Result<std::vector<std::size_t>> verify(std::uint64_t from = 0) const;

 private:
  struct Part {
    FileDescriptor raw;
    FileDescriptor index;
    std::uint64_t start = 0;
    std::uint64_t records_read = 0;
  };

  explicit RecordingReader(std::filesystem::path directory) : directory_(std::move(directory)) {}
  Result<bool> open_part();
  Result<void> read_index(Part& part);
  Result<std::uint64_t> raw_size(const Part& part) const;
  void cover_up_to(std::uint64_t offset);
  void begin_part_at(Part& part, std::uint64_t offset);

  std::filesystem::path directory_;
  std::vector<Part> parts_;
  std::vector<Chunk> chunks_;
  std::vector<MissingStretch> missing_;
  std::uint64_t damaged_index_records_ = 0;

  friend class RecordingWriter;
};

}  // namespace dl::recording
