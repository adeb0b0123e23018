// Filling and smoothing of per-line telemetry: reference views and thermometers.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace dl::calibrate {

// Replaces every NaN by linear interpolation between its neighbours; before the first and after the last value
// that value is held. A series of NaN only stays as it is.
void fill_gaps(std::span<double> series);

// Mean over `window` (odd) values centred on each; at the two ends the first and the last full window's mean is
// held. A series shorter than the window gets its own mean throughout.
std::vector<double> moving_average(std::span<const double> series, std::size_t window);

// Mean with `weights` (odd, centred on each value, such as 1, 2, 3, 4, 3, 2, 1). Values that are NaN or lie beyond the
// ends have no weight; NaN where nothing is left.
std::vector<double> weighted_average(std::span<const double> series, std::span<const double> weights);
// Whether no value of the window around `index` is NaN or lies beyond the ends.
bool window_is_full(std::span<const double> series, std::size_t window, std::size_t index);

// Replaces by NaN what is further than `limit` from the median and gives their indices.
std::vector<std::size_t> reject_outliers(std::span<double> series, double limit);

// The median; NaN are left out; NaN when nothing is left. The mean of the middle two for an even number.
double median(std::span<const double> series);

}  // namespace dl::calibrate
