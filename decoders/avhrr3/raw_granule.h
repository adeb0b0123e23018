// The scan lines of one UTC slot, on the 6 Hz grid of the instrument.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/sha256.h"
#include "core/time.h"
#include "decoders/avhrr3/packet.h"
#include "link/packet.h"

namespace dl::decoders::avhrr3 {

inline constexpr Seconds kSlotLength{180};

struct RawLine {
  ScanLine scan;            // without counts where nothing was received
  std::uint32_t flags = 0;  // calibrate::LineFlag
  bool received = false;
};

// What the lines came in.
enum class LineFormat { metop_packet, hrpt_minor_frame };

struct RawGranule {
  UtcTime slot_start{};
  LineFormat format = LineFormat::metop_packet;
  bool date_assumed = false;  // the year follows from a guessed time of reception
  std::vector<RawLine> lines;
  // SHA-256 over the packets, headers included, in the order in which they came; and what is known of them.
  std::string packets_sha256;
  std::uint64_t packets = 0;
  std::uint64_t symbols_corrected = 0;
  std::uint64_t gaps = 0;

  // Whether some received line has 3B (true) or 3A (false) in slot 2.
  [[nodiscard]] bool has_channel_3(bool b) const;
};

// How a granule ends where its slot is not full.
struct Padding {
  bool from_slot_start = false;  // the lines before the first are missing: the pass had begun
  bool to_slot_end = false;      // the lines after the last are missing: the pass went on
};

// Collects the lines of one slot. The first line fixes the phase of the grid; a later one goes to the nearest place.
class GranuleBuilder {
 public:
  explicit GranuleBuilder(UtcTime slot_start) : slot_start_(slot_start) {}

  [[nodiscard]] UtcTime slot_start() const { return slot_start_; }
  [[nodiscard]] bool empty() const { return lines_.empty(); }

  // False when there is a line at this place already: a duplicate. `line.time` lies in the slot.
  bool add(ScanLine line, std::uint32_t flags, const link::FrameQuality& quality, bool gap_before, ByteView packet);

  // Lines from the first to the last, or to the ends of the slot; places without a line are flagged missing and get
  // the time of the grid. At least one line was added.
  RawGranule finish(Padding padding);

 private:
  [[nodiscard]] std::int64_t place_of(UtcTime time) const;
  [[nodiscard]] UtcTime time_of(std::int64_t place) const;

  UtcTime slot_start_;
  UtcTime first_time_{};  // of the line that fixed the phase
  std::int64_t first_place_ = 0;
  std::map<std::int64_t, RawLine> lines_;
  Sha256 hash_;
  std::uint64_t symbols_corrected_ = 0;
  std::uint64_t gaps_ = 0;
};

}  // namespace dl::decoders::avhrr3
