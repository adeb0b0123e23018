#include "calibrate/geolocation/locate.h"

#include <algorithm>
#include <vector>

#include "calibrate/geolocation/footprint.h"

namespace dl::calibrate {

namespace {

std::vector<UtcTime> times_of(const std::vector<Line>& lines) {
  std::vector<UtcTime> times;
  times.reserve(lines.size());
  for (const Line& line : lines) times.push_back(line.time);
  return times;
}

void add_flag(std::vector<std::string>& flags, const char* flag) {
  if (std::find(flags.begin(), flags.end(), flag) == flags.end()) flags.emplace_back(flag);
}

}  // namespace

void locate(CalibratedGranule& granule, const ScanGeometry& geometry, const OrbitRequest& request) {
  if (granule.lines.empty()) {
    granule.ungeolocated_reason = "the granule has no lines";
    return;
  }
  auto geolocator = Geolocator::create(request.tle_text, request.norad_id, granule.lines.front().time, request.limits);
  if (!geolocator) {
    granule.ungeolocated_reason = std::move(geolocator.error().message);
    return;
  }
  auto grid = geolocator->tie_grid(geometry, times_of(granule.lines), {geometry.tie_step, geometry.tie_step});
  if (!grid) {
    granule.ungeolocated_reason = std::move(grid.error().message);
    return;
  }
  const UtcTime middle = granule.lines[granule.lines.size() / 2].time;
  granule.orbit_state = geolocator->orbit_state(middle);
  granule.absolute_orbit = geolocator->absolute_orbit(middle);
  granule.quicklook_rotate_180 =
      granule.orbit_state == "ascending" && geometry.first_angle_deg > geometry.last_angle_deg;
  granule.footprint = footprint(*grid);
  granule.tie_grid = std::move(*grid);
  granule.provenance.orbit = geolocator->orbit_source();
  granule.provenance.attitude_model = to_string(geometry.attitude);
  if (!geolocator->orbit_remark().empty()) {
    add_flag(granule.provenance.flags, "tle_suspect");
    granule.provenance.remarks.push_back(geolocator->orbit_remark());
  }
  if (geolocator->orbit_source().old) {
    add_flag(granule.provenance.flags, "tle_old");
    for (Line& line : granule.lines) line.flags |= kLineTleOld;
  }
}

}  // namespace dl::calibrate
