// Two references of known radiance and a known non-linearity make the transfer curve of a microwave radiometer
// (NOAA KLM User's Guide 7.3.2 and 7.6.6; instruments.md 5.4).
#pragma once

#include <optional>

namespace dl::calibrate {

// What an instrument counts while it looks at something of known radiance (mW m-2 sr-1 cm).
struct ReferencePoint {
  double count = 0;
  double radiance = 0;
};

// radiance = a0 + a1 C + a2 C^2
struct QuadraticCurve {
  double a0 = 0;
  double a1 = 0;
  double a2 = 0;

  [[nodiscard]] double radiance_of(double count) const { return a0 + count * (a1 + count * a2); }
  // The count, neither rounded nor clipped, on the branch that rises with the radiance; NaN where there is none.
  [[nodiscard]] double count_of(double radiance) const;
};

// Meets both points whatever `u` is, the curvature in m2 sr cm-1 mW-1. None when the target does not count more than
// space, or is not brighter: then the views are not what they should be.
std::optional<QuadraticCurve> two_point_curve(const ReferencePoint& space, const ReferencePoint& target, double u);

}  // namespace dl::calibrate
