// One reception of a pass, from a plain file or from the recording that downlinkd made: its bytes, each with the time
// and the verdict of the chunk that brought it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "core/bytes.h"
#include "core/error.h"
#include "core/file.h"
#include "core/loss_ledger.h"
#include "core/time.h"
#include "link/packet.h"
#include "link/profile.h"
#include "recording/recording_reader.h"

namespace dl::process {

// The form that the recording in `directory` says its bytes are in (recording/form_file.h). Kinds: io, config for a
// word that is none.
Result<link::InputForm> recorded_form(const std::filesystem::path& directory);

// The form that a word names. Kind config; `directory` is for the message.
Result<link::InputForm> form_of(const std::string& word, const std::filesystem::path& directory);

// The folder of a recording, and those in it that hold other receptions of the same pass, by name.
std::vector<std::filesystem::path> receptions_in(const std::filesystem::path& directory);

// What the recording says of the bytes at an offset, up to where that ends.
struct Arrival {
  std::uint64_t end = 0;
  UtcTime received_at{};
  link::StationVerdict station = link::StationVerdict::none;
};

// Finds the chunk of offsets that grow.
class ArrivalCursor {
 public:
  // `chunks` as RecordingReader has them, and not fewer than at the last call. Behind the last chunk: what that one
  // says, without end.
  Arrival at(const std::vector<recording::Chunk>& chunks, std::uint64_t offset);

 private:
  std::size_t chunk_ = 0;
};

class Reception {
 public:
  // `received_at` stands for the time of the first byte where a plain file does not say it; the file's time stamp, if
  // nothing does. "-" is standard input. Kinds: io, exhausted.
  static Result<Reception> open(const std::filesystem::path& path, std::optional<UtcTime> received_at);

  struct Piece {
    ByteView bytes;  // empty at the end; lives until the next next()
    UtcTime received_at{};
    link::StationVerdict station = link::StationVerdict::none;
    bool missing = false;  // a stretch that a power cut took
  };
  Result<Piece> next();
  // The next piece is the first one again.
  void rewind();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] UtcTime started_at() const { return received_at_; }
  // Nobody said when it was received: started_at() is the time stamp of the file.
  [[nodiscard]] bool started_at_assumed() const { return assumed_; }
  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }
  // Of a recording; a plain file says nothing.
  [[nodiscard]] std::optional<link::InputForm> form() const { return form_; }

 private:
  Result<void> fill();

  std::filesystem::path path_;
  std::unique_ptr<recording::RecordingReader> recording_;
  FileDescriptor file_;
  std::optional<link::InputForm> form_;
  UtcTime received_at_{};
  bool assumed_ = false;
  std::uint64_t size_bytes_ = 0;
  ArrivalCursor arrivals_;
  Bytes block_;
  std::size_t done_ = 0;      // of the block
  std::uint64_t offset_ = 0;  // of the block's end
  bool missing_ = false;      // all of the block
};

}  // namespace dl::process
