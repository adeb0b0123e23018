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
