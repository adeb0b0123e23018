// Strips of eight lines in three channels, put together to a granule of counts.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "calibrate/calibrated_granule.h"
#include "core/bytes.h"
#include "core/sha256.h"
#include "core/time.h"
#include "decoders/msu_mr/blocks.h"
#include "decoders/msu_mr/packet.h"
#include "link/packet.h"

namespace dl::decoders::msu_mr {

inline constexpr Seconds kSlotLength{300};
// 6.5 lines a second; the packets' times step by 1228 or 1232 ms.
inline constexpr Microseconds kLineInterval{153846};
inline constexpr Microseconds kStripInterval{1230769};

class GranuleBuilder {
 public:
  explicit GranuleBuilder(UtcTime slot_start) : slot_start_(slot_start) {}

  [[nodiscard]] UtcTime slot_start() const { return slot_start_; }

  // Puts a decoded packet into the strip of its time; channels of one strip may differ in time by less than half a
  // strip. False when that place is taken: the packet came twice.
  bool place(UtcTime strip_time, const ImagePacket& image, const Blocks& blocks, const link::Packet& packet);

  struct Counts {
    std::uint64_t lines = 0;          // from first to last
    std::uint64_t lines_missing = 0;  // filled: no packet of the strip came
    std::uint64_t packets = 0;
    std::uint64_t packets_missing = 0;  // of the channels that the granule has, from its first to its last line
  };
  struct Finished {
    calibrate::CalibratedGranule granule;  // without platform, geometry and remarks of the decoder
    Counts counts;
  };
  // Strips that a jump in time shows to be missing are filled, also those to a neighbouring granule of the pass:
  // `previous` is the time of the last strip before this granule, `next` that of the first behind it. The builder is
  // empty afterwards. There is at least one packet.
  Finished finish(std::optional<UtcTime> previous, std::optional<UtcTime> next);

  // There is at least one strip.
  [[nodiscard]] UtcTime first_strip() const { return strips_.begin()->first; }
  [[nodiscard]] UtcTime last_strip() const { return strips_.rbegin()->first; }

 private:
  struct Strip {
    std::uint32_t line_flags = 0;
    std::array<std::uint16_t, kChannels> received{};          // [channel - 1], a bit for each packet
    std::array<std::vector<std::uint8_t>, kChannels> pixels;  // [channel - 1][line][pixel]
  };

  std::map<UtcTime, Strip>::iterator strip_at(UtcTime time);
  void fill_gaps(std::optional<UtcTime> previous, std::optional<UtcTime> next);
  void fill_between(UtcTime first, UtcTime last);

  UtcTime slot_start_;
  std::map<UtcTime, Strip> strips_;  // at most 500: their times are half a strip apart
  std::uint16_t channels_ = 0;       // a bit for each channel seen
  Sha256 packets_hash_;
  std::uint64_t packets_ = 0;
  std::uint64_t symbols_corrected_ = 0;
  std::uint64_t gaps_ = 0;
};

}  // namespace dl::decoders::msu_mr
