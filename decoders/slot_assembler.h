// Scan lines of slow scanners, put on the time grid of their instrument, one UTC slot at a time. A line may come in
// parts, a packet each: AMSU-A is two units, of which one may be silent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/bytes.h"
#include "core/error.h"
#include "core/loss_ledger.h"
#include "core/sha256.h"
#include "core/time.h"
#include "link/packet.h"

namespace dl::decoders {

// Part `part` of the line of `time`.
struct LineArrival {
  UtcTime time{};
  std::size_t part = 0;
  Bytes data;    // what the instrument makes its line of
  Bytes packet;  // what it came in, as received: for the hash and the ledger
  link::FrameQuality quality;
  bool gap_before = false;
  std::uint64_t packets = 1;  // in `packet`
  std::uint32_t flags = 0;    // calibrate::LineFlag
};

struct SlotLine {
  UtcTime time{};
  std::uint32_t flags = 0;   // calibrate::LineFlag
  std::vector<Bytes> parts;  // [part], empty where it did not come

  [[nodiscard]] bool received() const;
};

struct LineSlot {
  UtcTime start{};
  std::vector<SlotLine> lines;
  // SHA-256 over the packets, headers included, in the order in which they came; and what is known of them.
  std::string packets_sha256;
  std::uint64_t packets = 0;
  std::uint64_t symbols_corrected = 0;
  std::uint64_t gaps = 0;
};

// Lines stand at multiples of `period_us` / `lines_in_period` after the first line of the slot.
struct LineRate {
  std::int64_t period_us = 0;
  std::int64_t lines_in_period = 1;
};

class SlotAssembler {
 public:
  // What to do with a slot that is complete. Its failure is that of the call that closed the slot.
  using Close = std::function<Result<void>(const LineSlot&)>;

  SlotAssembler(LineRate rate, Seconds slot_length, std::size_t parts)
      : rate_(rate), slot_length_(slot_length), parts_(parts) {}

  // A line further than 60 s from the one before is believed only when the next agrees with it, otherwise dropped as
  // packet_time: parity is too weak to trust a single odd time. One that comes twice is dropped as duplicate_packet,
  // one for a slot that was closed as late_packet. Lines that a silence of up to 15 minutes swallowed are counted as
  // missing; a longer one is the end of a pass.
  Result<void> push(LineArrival arrival, const Close& close);
  // The end of the pass: closes what is open.
  Result<void> flush(const Close& close);

  // Packets: in is booked by the caller, what came out and what was dropped here.
  [[nodiscard]] const LossLedger& packets() const { return packets_; }
  // Bad packets that the caller found itself.
  void count_packet(std::size_t size_bytes);
  void drop_packet(DropReason reason, std::uint64_t packets, std::size_t size_bytes);
  // Lines, as InstrumentDecoder::line_losses() says. A line of which a part is missing counts as decoded.
  [[nodiscard]] const LossLedger& lines() const { return lines_; }

 private:
  // The lines of the slot that is open.
  struct Open {
    Open(UtcTime slot, bool next_slot) : start(slot), follows_slot(next_slot) {}

    UtcTime start;
    UtcTime first_time{};  // of the line that fixed the phase
    std::int64_t first_place = 0;
    bool follows_slot;  // the slot before was handed over: lines before the first are missing
    std::map<std::int64_t, SlotLine> lines;
    Sha256 hash;
    std::uint64_t packets = 0;
    std::uint64_t symbols_corrected = 0;
    std::uint64_t gaps = 0;
  };

  Result<void> place(LineArrival arrival, const Close& close);
  Result<void> change_slot(UtcTime slot, UtcTime time, const Close& close);
  Result<void> close_slot(bool to_slot_end, const Close& close);
  bool add(LineArrival& arrival);
  [[nodiscard]] std::int64_t place_of(UtcTime time) const;
  [[nodiscard]] UtcTime time_of(std::int64_t place) const;
  void drop(DropReason reason, const LineArrival& arrival) {
    drop_packet(reason, arrival.packets, arrival.packet.size());
  }
  void drop_line(DropReason reason, const LineArrival& arrival);

  LineRate rate_;
  Seconds slot_length_;
  std::size_t parts_;
  std::optional<Open> open_;
  std::optional<UtcTime> last_time_;  // of the latest line that was believed
  std::optional<LineArrival> doubted_;
  std::set<UtcTime> closed_;  // slots that were handed over: one entry for a slot's length of data
  LossLedger packets_;
  LossLedger lines_;
};

}  // namespace dl::decoders
