// Where a granule lies, as far as that can be said of MSU-MR.
#pragma once

#include "calibrate/calibrated_granule.h"
#include "calibrate/geolocation/locate.h"

namespace dl::decoders::msu_mr {

// With an orbit: footprint, direction, orbit number, north-up quick-look, and the flag "geometry_experimental". Never
// a tie grid: the alignment of the instrument is not public, and a roll error of two degrees, which others' decoders
// correct by, is 33 km on the ground. Without an orbit, or with an old one, as calibrate::locate().
void add_outline(calibrate::CalibratedGranule& granule, const calibrate::OrbitBook& orbits);

}  // namespace dl::decoders::msu_mr
