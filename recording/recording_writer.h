// Writes the recording of a pass: the bytes exactly as received, and an index (docs/formats/recording.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/bytes.h"
#include "core/error.h"
#include "core/file.h"
#include "core/time.h"
#include "recording/form_file.h"
#include "recording/index_record.h"

namespace dl::recording {

// Never more than this is written and not yet synced (DESIGN section 7); the owner calls sync() every 250 ms.
inline constexpr std::uint64_t kMostUnsyncedBytes = 8U << 20;
inline constexpr std::uint32_t kMostChunkBytes = 1U << 20;

struct WriterOptions {
  std::uint64_t file_size_bytes = std::uint64_t{1} << 30;  // a new file begins when this is reached
  std::string form = {};  // of the bytes (recording/form_file.h); empty: as the folder says
};

// What was found when a recording was opened again.
struct Recovered {
  std::uint64_t size_bytes = 0;       // kept
  std::uint64_t torn_bytes = 0;       // cut from the tail: drop reason torn_recording
  std::uint32_t last_connection = 0;  // 0 when nothing was kept
};

// Not for use by two threads. Room for the next kReserveBytes is set aside on the disk before they come, where the file
// system can do that and has it: what else fills the disk meanwhile does not get it.
class RecordingWriter {
 public:
  static constexpr std::uint64_t kReserveBytes = std::uint64_t{8} << 20;  // a quarter of a second of a fast downlink

  ~RecordingWriter();
  RecordingWriter(RecordingWriter&&) noexcept = default;
  RecordingWriter& operator=(RecordingWriter&&) = delete;

  // Makes `directory` or continues the recording that is in it: what is behind the last chunk whose CRC is right is
  // cut off. Kinds: exhausted (no room), io.
  static Result<RecordingWriter> open(const std::filesystem::path& directory, const WriterOptions& options = {});

  [[nodiscard]] const Recovered& recovered() const { return recovered_; }

  // Writes the bytes in chunks, each followed by its index record, and takes what is written off the front of
  // `bytes`. A chunk that fails is cut off again, so that the call can be repeated with what is left. Kinds:
  // exhausted (no room), io.
  Result<void> append(ByteView& bytes, UtcTime received_at, std::uint32_t connection, Verdict verdict = Verdict::none);

  // After this every byte written is on the disk, those excepted that trusted() speaks of.
  Result<void> sync();

  // False after a failure that may have cost what was written and not synced. It will never count as synced by itself:
  // append it once more, which begins a new file. The doubtful bytes stay in front of it; the decoder drops frames
  // that come twice (docs/decisions/0002).
  [[nodiscard]] bool trusted() const { return !untrusted_; }

  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }
  [[nodiscard]] std::uint64_t synced_bytes() const { return synced_bytes_; }

 private:
  RecordingWriter(std::filesystem::path directory, const WriterOptions& options)
      : directory_(std::move(directory)), options_(options) {}
  Result<void> recover();
  Result<void> start_file(unsigned number);
  Result<void> append_chunk(ByteView bytes, UtcTime received_at, std::uint32_t connection, Verdict verdict);
  Result<void> cut_back();
  void start_writeback();
  void reserve(std::uint64_t size_bytes);
  void release_reserve();

  std::filesystem::path directory_;
  WriterOptions options_;
  Recovered recovered_;
  unsigned number_ = 0;
  FileDescriptor raw_;
  FileDescriptor index_;
  std::uint64_t file_start_ = 0;     // offset of the file's first byte in the recording
  std::uint64_t index_records_ = 0;  // in the current file
  std::uint64_t size_bytes_ = 0;
  std::uint64_t synced_bytes_ = 0;
  std::uint64_t writeback_end_ = 0;   // of the current file, up to where the disk was told to write
  std::uint64_t reserved_bytes_ = 0;  // of the current file, from its start
  bool untrusted_ = false;            // the current file failed to sync, or could not be cut
};

}  // namespace dl::recording
