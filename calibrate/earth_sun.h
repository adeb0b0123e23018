// The distance from the Earth to the Sun.
#pragma once

#include "core/time.h"

namespace dl::calibrate {

// Astronomical units, by ERFA's eraEpv00 (the heliocentric position of the Earth after VSOP2000). UTC is taken for TDB:
// the 70 seconds between them change the distance by less than 3e-7.
double earth_sun_distance_au(UtcTime time);

}  // namespace dl::calibrate
