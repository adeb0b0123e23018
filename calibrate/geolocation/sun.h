// Where the sun stands.
#pragma once

#include <vector>

#include "calibrate/geolocation/geodesy.h"
#include "core/time.h"

namespace dl::calibrate {

// Apparent position in the Earth-fixed frame of calibrate/geolocation/geodesy.h, better than 0.01 degrees: Earth's
// orbit by ERFA (eraEpv00), annual aberration, precession and nutation IAU 2000B, UT1 = UTC.
Vector3 sun_position_km(UtcTime utc);

// The same over the minutes of a granule, without working it out for every line; equal to 1e-5 degrees.
class SunTrack {
 public:
  static constexpr Seconds kStep{10};

  SunTrack(UtcTime from, UtcTime to);
  // Of a time from `from` to `to`.
  [[nodiscard]] Vector3 position_km(UtcTime at) const;

 private:
  UtcTime start_;
  std::vector<StateVector> knots_;  // at every kStep
};

}  // namespace dl::calibrate
