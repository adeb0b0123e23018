#include "decoders/avhrr3/location.h"

#include <vector>

#include "calibrate/geolocation/footprint.h"
#include "calibrate/geolocation/geolocator.h"
#include "decoders/avhrr3/coefficients.h"

namespace dl::decoders::avhrr3 {
namespace {

Result<Location> try_locate(const RawGranule& granule, const CalibrationRequest& request, const OrbitInput& orbit) {
  const auto row =
      request.tables->select({kGeometryQuantity, request.profile, {}}, granule.slot_start, request.known_at);
  if (!row) return fail(ErrorKind::config, row.error());
  DL_TRY(const calibrate::ScanGeometry geometry, scan_geometry(*row->row));
  DL_TRY(const auto geolocator, calibrate::Geolocator::create(orbit.tle_text, orbit.norad_id, granule.slot_start,
                                                              {orbit.age_flag_days, orbit.age_refuse_days}));
  std::vector<UtcTime> times;
  for (const RawLine& line : granule.lines) times.push_back(line.scan.time);
  Location found;
  DL_TRY(found.grid, geolocator.tie_grid(geometry, times));
  found.footprint = calibrate::footprint(*found.grid);
  found.orbit = geolocator.orbit_source();
  found.remark = geolocator.orbit_remark();
  found.attitude_model = calibrate::to_string(geometry.attitude);
  const UtcTime middle = times[times.size() / 2];
  found.orbit_state = geolocator.orbit_state(middle);
  found.absolute_orbit = geolocator.absolute_orbit(middle);
  found.geometry_row = calibrate::used_row(*row, "all");
  return found;
}

}  // namespace

Location locate(const RawGranule& granule, const CalibrationRequest& request, const OrbitInput& orbit) {
  auto found = try_locate(granule, request, orbit);
  if (found) return std::move(*found);
  Location nowhere;
  nowhere.reason = found.error().message;
  return nowhere;
}

}  // namespace dl::decoders::avhrr3
