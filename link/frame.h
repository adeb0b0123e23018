// What flows between the stages below the packets: codeblocks as frame synchronisation cuts them out, then transfer
// frames, in place. A frame that a stage refuses stays in the batch with the reason, and the next stages pass it over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/bytes.h"
#include "core/loss_ledger.h"
#include "core/time.h"
#include "link/packet.h"

namespace dl::link {

// The two meanings that a first header pointer has beside an offset, whatever their codes are in the kind of frame.
inline constexpr std::uint16_t kNoPacketStart = 0xFFFF;  // no packet begins in this frame
inline constexpr std::uint16_t kIdleDataOnly = 0xFFFE;

struct Frame {
  // From frame synchronisation.
  FrameQuality quality;            // symbols_corrected comes from the channel decoder
  bool inverted = false;           // received upside down; `bytes` are upright
  UtcTime received_at{};           // of the marker's first byte
  std::uint64_t input_offset = 0;  // of the byte that holds the marker's first bit

  // From the frame header, whatever the kind of frame; meaningless in a frame dropped before it was read.
  std::uint16_t scid = 0;
  std::uint8_t vcid = 0;
  std::uint8_t map_id = 0;           // USLP: packets of each multiplexer access point are a stream of their own
  bool sequence_controlled = false;  // USLP: counted apart from the expedited frames of its virtual channel
  // Of the virtual channel counter: TM 8, AOS 24 or 28, USLP 0 to 32 (of longer ones the low 32); 0: it has none.
  std::uint8_t counter_bits = 24;
  std::uint32_t counter = 0;                            // as sent
  std::optional<std::uint8_t> master_counter;           // TM
  std::uint16_t first_header_pointer = kNoPacketStart;  // from the start of data_field
  // The channel, or the frame itself, carries no packets: data_field goes out as it is.
  bool passed_through = false;
  // The packet zone, or the valid part of another one: a view into `bytes`; what is around it is overhead.
  std::span<Byte> data_field;
  std::uint32_t breaks_before = 0;  // how often, so far in the input, bits or a frame of whatever channel were lost

  // From the virtual channel.
  std::uint64_t widened_counter = 0;  // never wraps and never runs backwards within a virtual channel
  bool gap_before = false;            // frames are missing before this one, or the counter started anew
  std::uint64_t frames_lost_before = 0;

  std::optional<DropReason> dropped;  // why no later stage uses it; rs_uncorrectable: its bytes are not to be trusted
  std::span<Byte> bytes;              // without marker; without parity once decoded; a view into the batch's arena

  [[nodiscard]] bool uncorrectable() const { return dropped == DropReason::rs_uncorrectable; }
};

// Frames in the order of reception. The views live until clear(), the next add() or the end of the batch. Storage is
// kept over clear(): a steady stream allocates nothing.
class FrameBatch {
 public:
  FrameBatch() = default;
  FrameBatch(FrameBatch&&) = default;
  FrameBatch& operator=(FrameBatch&&) = default;
  FrameBatch(const FrameBatch&) = delete;
  FrameBatch& operator=(const FrameBatch&) = delete;

  // Makes room for `size_bytes` in the arena and returns it, to be filled in at once.
  std::span<Byte> add(const Frame& frame, std::size_t size_bytes);
  void clear();

  // A stage may change the bytes, and shorten `bytes` from behind.
  [[nodiscard]] std::vector<Frame>& frames() { return frames_; }
  [[nodiscard]] const std::vector<Frame>& frames() const { return frames_; }
  [[nodiscard]] bool empty() const { return frames_.empty(); }

 private:
  void grow(std::size_t size_bytes);

  std::vector<Frame> frames_;
  std::unique_ptr<Byte[]> arena_;
  std::size_t arena_size_ = 0;
  std::size_t used_ = 0;
};

}  // namespace dl::link
