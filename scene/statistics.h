// What can be counted of a granule: for the item, and to see that nothing was lost silently.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "calibrate/calibrated_granule.h"

namespace dl::scene {

// Of the stored values, not the physical ones; over the pixels that are not kNoData.
struct BandStatistics {
  std::uint64_t pixels = 0;
  std::uint64_t valid_pixels = 0;
  // Meaningless when no pixel is valid.
  std::uint16_t minimum = 0;
  std::uint16_t maximum = 0;
  double mean = 0;
  double standard_deviation = 0;

  [[nodiscard]] double valid_percent() const;
};
BandStatistics measure_band(std::span<const std::uint16_t> values);

// The bits of a quality byte, bit 0 first: the names of docs/formats/scene.md.
struct QualityBit {
  std::string_view name;
  std::string_view description;
};
inline constexpr std::size_t kQualityBits = 7;
const std::array<QualityBit, kQualityBits>& quality_bits();
// Pixels with each bit set.
std::array<std::uint64_t, kQualityBits> count_quality_bits(std::span<const std::uint8_t> quality);

// Lines with each flag, by the flag's name; flags that no line has are left out.
std::map<std::string, std::uint64_t> count_line_flags(const std::vector<calibrate::Line>& lines);

// First and last time of the lines that were received; of all, when none was. Needs at least one line.
struct SensingTimes {
  UtcTime start{};
  UtcTime end{};
};
SensingTimes sensing_times(const std::vector<calibrate::Line>& lines);

}  // namespace dl::scene
