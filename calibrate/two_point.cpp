#include "calibrate/two_point.h"

#include <cmath>

namespace dl::calibrate {

double QuadraticCurve::count_of(double radiance) const {
  // The form of the solution that stays good as a2 goes to 0.
  const double rest = a0 - radiance;
  return -2 * rest / (a1 + std::sqrt(a1 * a1 - 4 * a2 * rest));
}

std::optional<QuadraticCurve> two_point_curve(const ReferencePoint& space, const ReferencePoint& target, double u) {
  const double gain = (target.count - space.count) / (target.radiance - space.radiance);
  if (!(target.count > space.count) || !(gain > 0) || !std::isfinite(gain)) return std::nullopt;
  const double gain_squared = gain * gain;
  QuadraticCurve curve;
  curve.a0 = target.radiance - target.count / gain + u * target.count * space.count / gain_squared;
  curve.a1 = 1 / gain - u * (space.count + target.count) / gain_squared;
  curve.a2 = u / gain_squared;
  return curve;
}

}  // namespace dl::calibrate
