#include "decoders/avhrr3/location.h"

#include "calibrate/geolocation/locate.h"
#include "decoders/avhrr3/coefficients.h"

namespace dl::decoders::avhrr3 {

Location locate(const RawGranule& granule, const calibrate::CalibrationRequest& request,
                const calibrate::OrbitBook& orbits) {
  Location location;
  const auto row =
      request.tables->select({kGeometryQuantity, request.profile, {}}, granule.slot_start, request.known_at);
  if (!row) {
    location.reason = row.error();
    return location;
  }
  const auto geometry = scan_geometry(*row->row);
  if (!geometry) {
    location.reason = geometry.error().message;
    return location;
  }
  calibrate::CalibratedGranule located;
  for (const RawLine& line : granule.lines) located.lines.push_back({line.scan.time, 0});
  calibrate::locate(located, *geometry, orbits);
  location.reason = std::move(located.ungeolocated_reason);
  if (!located.tie_grid) return location;
  location.grid = std::move(located.tie_grid);
  location.footprint = std::move(*located.footprint);
  location.orbit = std::move(*located.provenance.orbit);
  location.attitude_model = std::move(located.provenance.attitude_model);
  location.orbit_state = std::move(located.orbit_state);
  location.absolute_orbit = located.absolute_orbit;
  location.geometry_row = calibrate::used_row(*row, "all");
  if (!located.provenance.remarks.empty()) location.remark = std::move(located.provenance.remarks.front());
  return location;
}

}  // namespace dl::decoders::avhrr3
