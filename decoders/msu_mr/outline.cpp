#include "decoders/msu_mr/outline.h"

#include "decoders/msu_mr/granule_builder.h"

namespace dl::decoders::msu_mr {

namespace {

// Fitted to 14 coastal landmarks of a recording (docs/instruments/msu-mr.md), which it meets to 6 km, with the orbit's
// plane and phase free; with yaw steering the same fit is off by 11 km. One row for all spacecraft, for outlines only.
calibrate::ScanGeometry outline_geometry() {
  calibrate::ScanGeometry geometry;
  geometry.id = "msu-mr/outline/1";
  geometry.pixel_count = kPixels;
  geometry.first_angle_deg = 55.0;
  geometry.last_angle_deg = -55.0;
  geometry.attitude = calibrate::AttitudeLaw::local_normal;
  return geometry;
}

}  // namespace

void add_outline(calibrate::CalibratedGranule& granule, const calibrate::OrbitBook& orbits) {
  calibrate::locate(granule, outline_geometry(), orbits);
  if (!granule.tie_grid) return;
  granule.tie_grid.reset();
  granule.ungeolocated_reason =
      "the alignment of MSU-MR is not public: the outline is good to about 50 km, pixels have no positions";
  granule.provenance.flags.emplace_back("geometry_experimental");
}

}  // namespace dl::decoders::msu_mr
