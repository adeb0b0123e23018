#include "decoders/avhrr3/thermal.h"

#include <cmath>

namespace dl::decoders::avhrr3 {

ThermalCurve::ThermalCurve(const ThermalCoefficients& coefficients, const ThermalReference& reference)
    : coefficients_(coefficients), space_count_(reference.space_count) {
  const double black_body = calibrate::radiance_of(coefficients.planck, reference.black_body_kelvin);
  radiance_per_count_ =
      (black_body - coefficients.space_radiance) / (reference.space_count - reference.black_body_count);
}

double ThermalCurve::temperature_of(double count) const {
  return calibrate::brightness_temperature_of(coefficients_.planck, radiance_at(count));
}

double ThermalCurve::count_of(double kelvin) const {
  const auto& [b0, b1, b2] = coefficients_.nonlinearity;
  const double radiance = calibrate::radiance_of(coefficients_.planck, kelvin);
  double linear = radiance;
  if (b2 != 0) {
    const double slope = 1 + b1;
    linear = (-slope + std::sqrt(slope * slope - 4 * b2 * (b0 - radiance))) / (2 * b2);
  }
  return space_count_ - (linear - coefficients_.space_radiance) / radiance_per_count_;
}

}  // namespace dl::decoders::avhrr3
