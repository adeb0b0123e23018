#pragma once

#include <span>

namespace dl::calibrate {

// c0 + c1 x + c2 x^2 + ...; 0 without coefficients.
inline double polynomial(std::span<const double> coefficients, double x) {
  double value = 0;
  for (auto power = coefficients.rbegin(); power != coefficients.rend(); ++power) value = value * x + *power;
  return value;
}

// The line through the points (`x` rising, two or more, as many `y`), straight between neighbours; outside, the first
// and the last stretch go on.
double piecewise_linear(std::span<const double> x, std::span<const double> y, double at);

}  // namespace dl::calibrate
