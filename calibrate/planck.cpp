#include "calibrate/planck.h"

#include <cmath>
#include <limits>

namespace dl::calibrate {

double radiance_of(const PlanckBand& band, double temperature_kelvin) {
  const double nu = band.wavenumber_cm1;
  const double effective = band.a_kelvin + band.b * temperature_kelvin;
  return kPlanckC1 * nu * nu * nu / (std::exp(kPlanckC2 * nu / effective) - 1.0);
}

double brightness_temperature_of(const PlanckBand& band, double radiance) {
  if (!(radiance > 0)) return std::numeric_limits<double>::quiet_NaN();
  const double nu = band.wavenumber_cm1;
  const double effective = kPlanckC2 * nu / std::log(1.0 + kPlanckC1 * nu * nu * nu / radiance);
  return (effective - band.a_kelvin) / band.b;
}

}  // namespace dl::calibrate
