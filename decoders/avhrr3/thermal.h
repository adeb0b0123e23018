// Counts to brightness temperature and back (NOAA KLM User's Guide 7.1.2.4, steps 2 to 4).
#pragma once

#include "decoders/avhrr3/coefficients.h"

namespace dl::decoders::avhrr3 {

// What the two references said around one line, smoothed.
struct ThermalReference {
  double black_body_kelvin = 0;
  double space_count = 0;
  double black_body_count = 0;
};

// The transfer curve of one band on one line.
class ThermalCurve {
 public:
  ThermalCurve(const ThermalCoefficients& coefficients, const ThermalReference& reference);

  // mW m-2 sr-1 cm.
  [[nodiscard]] double radiance_at(double count) const {
    const auto& [b0, b1, b2] = coefficients_.nonlinearity;
    const double linear = coefficients_.space_radiance + radiance_per_count_ * (space_count_ - count);
    return linear + b0 + linear * (b1 + linear * b2);
  }
  // Kelvin; NaN where the radiance is not above 0.
  [[nodiscard]] double temperature_of(double count) const;
  // The count, neither rounded nor clipped, that gives `kelvin`.
  [[nodiscard]] double count_of(double kelvin) const;

 private:
  ThermalCoefficients coefficients_;
  double space_count_ = 0;
  double radiance_per_count_ = 0;
};

}  // namespace dl::decoders::avhrr3
