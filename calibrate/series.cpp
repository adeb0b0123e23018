#include "calibrate/series.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace dl::calibrate {

void fill_gaps(std::span<double> series) {
  const std::size_t size = series.size();
  std::size_t previous = size;  // index of the last value seen; size: none yet
  for (std::size_t i = 0; i < size; ++i) {
    if (std::isnan(series[i])) continue;
    if (previous == size) {
      std::fill_n(series.begin(), i, series[i]);
    } else {
      const double slope = (series[i] - series[previous]) / static_cast<double>(i - previous);
      for (std::size_t gap = previous + 1; gap < i; ++gap) {
        series[gap] = series[previous] + slope * static_cast<double>(gap - previous);
      }
    }
    previous = i;
  }
  if (previous == size) return;
  std::fill(series.begin() + static_cast<std::ptrdiff_t>(previous), series.end(), series[previous]);
}

std::vector<double> moving_average(std::span<const double> series, std::size_t window) {
  assert(window % 2 == 1);
  const std::size_t size = series.size();
  const std::size_t width = std::min(window, size);
  std::vector<double> smooth(size);
  if (size == 0) return smooth;
  // Each window is summed anew: a running sum would carry rounding from line to line.
  const auto mean_from = [&](std::size_t first) {
    double sum = 0;
    for (std::size_t i = first; i < first + width; ++i) sum += series[i];
    return sum / static_cast<double>(width);
  };
  const std::size_t half = width / 2;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t first = std::min(i > half ? i - half : 0, size - width);
    smooth[i] = mean_from(first);
  }
  return smooth;
}

std::vector<double> weighted_average(std::span<const double> series, std::span<const double> weights) {
  assert(weights.size() % 2 == 1);
  const std::size_t half = weights.size() / 2;
  std::vector<double> smooth(series.size());
  for (std::size_t i = 0; i < series.size(); ++i) {
    double sum = 0, weight = 0;
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const std::size_t at = i + k - half;  // beyond the start it wraps to beyond the end
      if (at >= series.size() || std::isnan(series[at])) continue;
      sum += weights[k] * series[at];
      weight += weights[k];
    }
    smooth[i] = weight > 0 ? sum / weight : std::numeric_limits<double>::quiet_NaN();
  }
  return smooth;
}

bool window_is_full(std::span<const double> series, std::size_t window, std::size_t index) {
  const std::size_t half = window / 2;
  if (index < half || index + half >= series.size()) return false;
  const auto around = series.subspan(index - half, window);
  return std::none_of(around.begin(), around.end(), [](double value) { return std::isnan(value); });
}

std::vector<std::size_t> reject_outliers(std::span<double> series, double limit) {
  const double middle = median(series);
  std::vector<std::size_t> rejected;
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (std::isnan(series[i]) || std::abs(series[i] - middle) <= limit) continue;
    series[i] = std::numeric_limits<double>::quiet_NaN();
    rejected.push_back(i);
  }
  return rejected;
}

double median(std::span<const double> series) {
  std::vector<double> sorted;
  for (const double value : series) {
    if (!std::isnan(value)) sorted.push_back(value);
  }
  if (sorted.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(sorted.begin(), sorted.end());
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

}  // namespace dl::calibrate
