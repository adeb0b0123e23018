// One packet of unit A1 and one of A2 are one scan line (NOAA KLM User's Guide 7.3; offsets in instruments.md 5.5).
// Metop sends them in space packets, with words of fill among those of the unit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/bytes.h"

namespace dl::decoders::amsu_a {

inline constexpr std::size_t kPixels = 30;
inline constexpr std::size_t kLooks = 2;
// The last bit of a word of the unit is 0; this one stands where it had nothing to send.
inline constexpr std::uint16_t kFillWord = 0x0001;

// Offsets in bytes, in the unit's data without fill.
struct Unit {
  std::string_view name;  // in table rows
  std::uint16_t metop_apid = 0;
  std::size_t metop_packet_bytes = 0;
  std::size_t science_bytes = 0;
  std::size_t first_band = 0;  // index into kBands
  std::size_t bands = 0;
  std::size_t earth_offset = 0;
  std::size_t earth_step = 0;
  std::size_t space_offset = 0;
  std::size_t target_offset = 0;
  std::size_t thermometer_offset = 0;
  std::size_t thermometers = 0;
};
inline constexpr std::size_t kUnitCount = 2;
inline constexpr std::array<Unit, kUnitCount> kUnits = {{
    {"a1", 39, 2102, 1240, 2, 13, 16, 34, 1036, 1188, 1088, 45},
    {"a2", 40, 1142, 312, 0, 2, 12, 8, 252, 304, 260, 19},
}};

using Looks = std::array<std::uint16_t, kLooks>;

// What one unit saw in one scan; bands count from the unit's first.
struct UnitScan {
  std::vector<std::array<std::uint16_t, kPixels>> earth;  // [band][pixel]
  std::vector<Looks> space;                               // [band]
  std::vector<Looks> target;                              // [band]
  std::vector<std::uint16_t> thermometers;
};

// Takes the fill out of what Metop sends. None when less is left than the unit has; what is left over at the end is not
// its.
std::optional<Bytes> without_fill(const Unit& unit, ByteView data);

// `science` is of unit.science_bytes.
UnitScan read_science(const Unit& unit, ByteView science);
// What read_science reads; the rest is 0.
Bytes write_science(const Unit& unit, const UnitScan& scan);

}  // namespace dl::decoders::amsu_a
