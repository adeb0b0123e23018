// Puts geometry on a granule: the one call that a decoder makes.
#pragma once

#include "calibrate/calibrated_granule.h"
#include "calibrate/geolocation/orbit_book.h"
#include "calibrate/geolocation/scan_geometry.h"

namespace dl::calibrate {

// Fills from granule.lines[].time: tie_grid (at every geometry.tie_step), footprint, orbit_state, absolute_orbit,
// provenance.orbit, .attitude_model, .remarks, quicklook_rotate_180 (an instrument that begins on the right shows south
// up on an ascending pass), and for an old orbit kLineTleOld on every line and "tle_old" in provenance.flags. When the
// granule cannot be located it sets ungeolocated_reason instead, and nothing else: a granule without an orbit is
// still a granule.
void locate(CalibratedGranule& granule, const ScanGeometry& geometry, const OrbitBook& orbits);

}  // namespace dl::calibrate
