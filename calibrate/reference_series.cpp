#include "calibrate/reference_series.h"

#include <cmath>
#include <limits>

#include "calibrate/series.h"

namespace dl::calibrate {

SampleMean mean_of_samples(std::span<const std::uint16_t> samples, const SampleLimits& limits) {
  std::vector<double> inside;
  for (const std::uint16_t sample : samples) {
    if (sample > limits.low && sample < limits.high) inside.push_back(sample);
  }
  const double middle = median(inside);
  double sum = 0;
  std::size_t count = 0;
  for (const double sample : inside) {
    if (std::abs(sample - middle) > limits.rejection) continue;
    sum += sample;
    ++count;
  }
  if (count == 0) return {std::numeric_limits<double>::quiet_NaN(), false};
  return {sum / static_cast<double>(count), count == samples.size()};
}

SmoothSeries smooth_series(std::vector<double> series, double rejection, std::span<const double> weights) {
  SmoothSeries smooth;
  smooth.rejected.resize(series.size());
  smooth.window_short.resize(series.size());
  for (const std::size_t line : reject_outliers(series, rejection)) smooth.rejected[line] = true;
  for (std::size_t line = 0; line < series.size(); ++line) {
    smooth.window_short[line] = !window_is_full(series, weights.size(), line);
  }
  smooth.values = weighted_average(series, weights);
  fill_gaps(smooth.values);
  return smooth;
}

}  // namespace dl::calibrate
