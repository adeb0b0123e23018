// Puts geometry on a granule: the one call that a decoder makes.
#pragma once

#include "calibrate/calibrated_granule.h"
#include "calibrate/geolocation/geolocator.h"

namespace dl::calibrate {

// What a decoder knows of the orbit (decoders/instrument.h, PassContext).
struct OrbitRequest {
  std::string_view tle_text;  // empty: the operator gave none
  std::uint32_t norad_id = 0;
  OrbitAgeLimits limits;
};

// Fills from granule.lines[].time: tie_grid, footprint, orbit_state, absolute_orbit, provenance.orbit,
// .attitude_model, .remarks, quicklook_rotate_180 (an instrument that begins on the right shows south up on an
// ascending pass), and for an old element set kLineTleOld on every line and "tle_old" in provenance.flags. When the
// granule cannot be located it sets ungeolocated_reason instead, and nothing else: a granule without an orbit is
// still a granule.
void locate(CalibratedGranule& granule, const ScanGeometry& geometry, const OrbitRequest& request);

}  // namespace dl::calibrate
