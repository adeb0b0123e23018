#include "calibrate/polynomial.h"

#include <cassert>
#include <cstddef>

namespace dl::calibrate {

double piecewise_linear(std::span<const double> x, std::span<const double> y, double at) {
  assert(x.size() >= 2 && x.size() == y.size());
  std::size_t stretch = 1;
  while (stretch + 1 < x.size() && at > x[stretch]) ++stretch;
  const double share = (at - x[stretch - 1]) / (x[stretch] - x[stretch - 1]);
  return y[stretch - 1] + (y[stretch] - y[stretch - 1]) * share;
}

}  // namespace dl::calibrate
