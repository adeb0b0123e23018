// Where the sun stands.
#pragma once

#include "calibrate/geolocation/vector3.h"
#include "core/time.h"

namespace dl::calibrate {

// Apparent position in the Earth-fixed frame of calibrate/geolocation/geodesy.h, better than 0.01 degrees: Earth's
// orbit by ERFA (eraEpv00), annual aberration, precession and nutation IAU 2000B, UT1 = UTC.
Vector3 sun_position_km(UtcTime utc);

}  // namespace dl::calibrate
