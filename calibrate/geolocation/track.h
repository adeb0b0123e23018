// A satellite's path over one granule: states at a few moments, and a curve between them.
#pragma once

#include <vector>

#include "calibrate/geolocation/geodesy.h"
#include "calibrate/geolocation/orbit.h"
#include "core/error.h"
#include "core/time.h"

namespace dl::calibrate {

// Cubic Hermite curves between states. What the fourth derivative of a low orbit leaves out over 10 s is 0.3 mm (SGP4,
// whose velocity is not quite the derivative of its position: 2 cm), and a granule needs a propagation every 10 s
// instead of one per tie point.
class Track {
 public:
  static constexpr Seconds kStep{10};

  // From `from` to `to`, with states at both ends and at the multiples of kStep of UTC between. Fails as the orbit
  // does.
  static Result<Track> create(const Orbit& orbit, UtcTime from, UtcTime to);

  // Earth-fixed, `offset_s` after `time`; beyond the ends the last curve goes on.
  [[nodiscard]] StateVector at(UtcTime time, double offset_s) const;

 private:
  struct Knot {
    double seconds = 0;  // after the start
    StateVector state;
  };

  UtcTime start_{};
  std::vector<Knot> knots_;  // two or more
};

// On the cubic through two states that lie `step_s` apart, at `part` of the way.
StateVector hermite(const StateVector& a, const StateVector& b, double step_s, double part);

}  // namespace dl::calibrate
