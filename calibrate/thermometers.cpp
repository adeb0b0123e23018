#include "calibrate/thermometers.h"

#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "calibrate/series.h"

namespace dl::calibrate {

ThermometerMean mean_of_thermometers(std::span<const double> kelvin, std::span<const double> weights,
                                     const ThermometerLimits& limits) {
  assert(kelvin.size() == weights.size());
  const auto asked = [&](std::size_t i) { return weights[i] > 0 && !std::isnan(kelvin[i]); };
  const auto inside = [&](std::size_t i) { return kelvin[i] > limits.min_kelvin && kelvin[i] < limits.max_kelvin; };
  std::vector<double> believable;
  for (std::size_t i = 0; i < kelvin.size(); ++i) {
    if (asked(i) && inside(i)) believable.push_back(kelvin[i]);
  }
  const double middle = median(believable);
  ThermometerMean out;
  double sum = 0, weight = 0;
  for (std::size_t i = 0; i < kelvin.size(); ++i) {
    if (!asked(i)) continue;
    if (!inside(i) || std::abs(kelvin[i] - middle) > limits.max_offset_kelvin) {
      out.all_good = false;
      continue;
    }
    sum += weights[i] * kelvin[i];
    weight += weights[i];
  }
  if (weight > 0) {
    out.kelvin = sum / weight;
  } else {
    out = {std::numeric_limits<double>::quiet_NaN(), false};
  }
  return out;
}

}  // namespace dl::calibrate
