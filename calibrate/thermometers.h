// The temperature of something that carries several thermometers, of which some may fail.
#pragma once

#include <span>

namespace dl::calibrate {

struct ThermometerLimits {
  double min_kelvin = 0;
  double max_kelvin = 1000;
  // From the median of those within the limits: one that is further away was read wrongly.
  double max_offset_kelvin = 1000;
};

struct ThermometerMean {
  double kelvin = 0;     // NaN when none counts
  bool all_good = true;  // of those that have a weight
};

// The weighted mean; thermometers of weight 0 and those that are NaN are not asked.
ThermometerMean mean_of_thermometers(std::span<const double> kelvin, std::span<const double> weights,
                                     const ThermometerLimits& limits);

}  // namespace dl::calibrate
