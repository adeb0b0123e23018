// One reception of a pass while downlinkd records it: its blocks, as far as they may be read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/bytes.h"
#include "core/error.h"
#include "core/loss_ledger.h"
#include "core/time.h"
#include "process/control_channel.h"
#include "process/reception.h"
#include "recording/recording_reader.h"

namespace dl::process {

class Tail {
 public:
  // How much is taken in between two progress messages: the grain at which a crash is placed, and so of quarantine.
  static constexpr std::size_t kBlockBytes = 256U << 10;

  // `directory` need not be there before there is something in it.
  Tail(std::filesystem::path directory, std::vector<Stretch> quarantine)
      : directory_(std::move(directory)), quarantine_(std::move(quarantine)) {}

  // What downlinkd says.
  void recorded(std::uint64_t size_bytes) { recorded_bytes_ = std::max(recorded_bytes_, size_bytes); }
  void end(std::uint64_t size_bytes) {
    recorded(size_bytes);
    ended_ = true;
  }

  [[nodiscard]] bool has_more() const { return position_ < recorded_bytes_; }
  [[nodiscard]] bool is_done() const { return ended_ && !has_more(); }
  // Nothing to read now, and more may come.
  [[nodiscard]] bool waits() const { return !ended_ && !has_more(); }
  [[nodiscard]] std::uint64_t recorded_bytes() const { return recorded_bytes_; }
  [[nodiscard]] std::uint64_t position() const { return position_; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

  // A stretch of one arrival, or one that is not decoded and is booked with `reason`; empty when nothing can be read.
  struct Piece {
    ByteView bytes;  // until the next call
    UtcTime received_at{};
    link::StationVerdict station = link::StationVerdict::none;
    std::optional<DropReason> reason;
  };
  // Reads the next block, at most up to the next border of the grid, and says how long it is. 0: nothing yet. Kind io
  // when the recording has ended with fewer bytes than downlinkd said.
  Result<std::size_t> read_block();
  // The pieces of that block, one after the other.
  Piece next_piece();
  // From the recording's beginning again.
  void rewind();

  // When the last byte of what has been read was received, and the next one that is there to read.
  [[nodiscard]] UtcTime received_up_to() const { return received_up_to_; }
  Result<UtcTime> next_received_at();

 private:
  struct SteppedOver {
    std::uint64_t offset = 0;
    std::uint64_t end = 0;
    DropReason reason = DropReason::quarantined;
  };
  Result<void> refresh();
  [[nodiscard]] std::optional<SteppedOver> next_stepped_over() const;

  std::filesystem::path directory_;
  std::vector<Stretch> quarantine_;
  std::optional<recording::RecordingReader> reader_;
  std::uint64_t recorded_bytes_ = 0;
  bool ended_ = false;
  std::uint64_t position_ = 0;  // of the next piece
  Bytes block_;
  std::size_t block_done_ = 0;
  std::optional<DropReason> block_reason_;
  ArrivalCursor arrivals_;
  UtcTime received_up_to_{};
};

}  // namespace dl::process
