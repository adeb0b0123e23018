// What an instrument counts at a reference (cold space, a warm target), line by line, made fit to calibrate with.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace dl::calibrate {

// A sample counts when low < sample < high and it is no further than `rejection` from the median of those that do.
struct SampleLimits {
  double low = 0;
  double high = 65535;
  double rejection = 65535;
};

struct SampleMean {
  double mean = 0;  // NaN when no sample counts
  bool all_good = true;
};
SampleMean mean_of_samples(std::span<const std::uint16_t> samples, const SampleLimits& limits);

struct SmoothSeries {
  std::vector<double> values;      // [line]; all NaN when no line had one
  std::vector<bool> rejected;      // [line]: further than the limit from the median of the series
  std::vector<bool> window_short;  // [line]: a line of its window gave nothing
};

// Takes out what is further than `rejection` from the median, averages with `weights` (calibrate/series.h), and bridges
// lines without a value in their window by interpolation. NaN in `series` is a line without a value.
SmoothSeries smooth_series(std::vector<double> series, double rejection, std::span<const double> weights);

}  // namespace dl::calibrate
