#include "scene/statistics.h"

#include <algorithm>
#include <cmath>

namespace dl::scene {

double BandStatistics::valid_percent() const {
  return pixels == 0 ? 0 : 100.0 * static_cast<double>(valid_pixels) / static_cast<double>(pixels);
}

BandStatistics measure_band(std::span<const std::uint16_t> values) {
  // Integers, so that the sums do not depend on their order.
  std::uint64_t sum = 0;
  std::uint64_t sum_of_squares = 0;  // room for 2^32 pixels
  BandStatistics result;
  result.pixels = values.size();
  result.minimum = calibrate::kNoData;
  for (const std::uint64_t value : values) {
    if (value == calibrate::kNoData) continue;
    ++result.valid_pixels;
    sum += value;
    sum_of_squares += value * value;
    result.minimum = std::min(result.minimum, static_cast<std::uint16_t>(value));
    result.maximum = std::max(result.maximum, static_cast<std::uint16_t>(value));
  }
  if (result.valid_pixels == 0) return result;
  const auto count = static_cast<double>(result.valid_pixels);
  result.mean = static_cast<double>(sum) / count;
  const double variance = static_cast<double>(sum_of_squares) / count - result.mean * result.mean;
  result.standard_deviation = std::sqrt(std::max(variance, 0.0));
  return result;
}

const std::array<QualityBit, kQualityBits>& quality_bits() {
  static constexpr std::array<QualityBit, kQualityBits> kBits = {{
      {"no_data", "no value: the line or the packet was lost"},
      {"saturated", "at the sensor's maximum"},
      {"bow_tie_deleted", "left out on board, where scans overlap"},
      {"reference_missing", "the reference sample that the value is coded against is missing"},
      {"bad_detector", "from a dead or noisy detector"},
      {"below_space", "below the space view, or negative radiance"},
      {"out_of_range", "outside the validated range of the quantity"},
  }};
  return kBits;
}

std::array<std::uint64_t, kQualityBits> count_quality_bits(std::span<const std::uint8_t> quality) {
  std::array<std::uint64_t, 256> histogram{};
  for (const std::uint8_t value : quality) ++histogram[value];
  std::array<std::uint64_t, kQualityBits> counts{};
  for (std::size_t value = 0; value < histogram.size(); ++value) {
    for (std::size_t bit = 0; bit < kQualityBits; ++bit) {
      if ((value >> bit) & 1U) counts[bit] += histogram[value];
    }
  }
  return counts;
}

std::map<std::string, std::uint64_t> count_line_flags(const std::vector<calibrate::Line>& lines) {
  std::array<std::uint64_t, 32> counts{};
  for (const calibrate::Line& line : lines) {
    for (std::size_t bit = 0; bit < counts.size(); ++bit) counts[bit] += (line.flags >> bit) & 1U;
  }
  std::map<std::string, std::uint64_t> named;
  for (std::size_t bit = 0; bit < counts.size(); ++bit) {
    if (counts[bit] == 0) continue;
    for (const std::string& name : calibrate::line_flag_names(1U << bit)) named[name] = counts[bit];
  }
  return named;
}

SensingTimes sensing_times(const std::vector<calibrate::Line>& lines) {
  const auto extremes = [&](bool with_missing) {
    std::optional<SensingTimes> times;
    for (const calibrate::Line& line : lines) {
      if (!with_missing && (line.flags & calibrate::kLineMissing) != 0) continue;
      if (!times) times = SensingTimes{line.time, line.time};
      times->start = std::min(times->start, line.time);
      times->end = std::max(times->end, line.time);
    }
    return times;
  };
  if (const auto received = extremes(false)) return *received;
  return extremes(true).value_or(SensingTimes{});
}

}  // namespace dl::scene
