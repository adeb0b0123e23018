#include "calibrate/earth_sun.h"

#include <cmath>

#include <erfa.h>

namespace dl::calibrate {

double earth_sun_distance_au(UtcTime time) {
  constexpr double kJulianDateOf1970 = 2440587.5;
  const double days = std::chrono::duration<double, std::ratio<86400>>(time.time_since_epoch()).count();
  double heliocentric[2][3];
  double barycentric[2][3];
  // The status only warns of dates far from the theory's best interval, 1900 to 2100.
  (void)eraEpv00(kJulianDateOf1970, days, heliocentric, barycentric);
  return std::hypot(heliocentric[0][0], heliocentric[0][1], heliocentric[0][2]);
}

}  // namespace dl::calibrate
