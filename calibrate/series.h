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

// The median; NaN are left out; NaN when nothing is left. The mean of the middle two for an even number.
double median(std::span<const double> series);

}  // namespace dl::calibrate
