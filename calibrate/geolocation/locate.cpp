#include "calibrate/geolocation/locate.h"

#include <algorithm>
#include <vector>

#include "calibrate/geolocation/footprint.h"
#include "calibrate/geolocation/geolocator.h"

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

// Either all of it or nothing.
Result<void> try_locate(CalibratedGranule& granule, const ScanGeometry& geometry, const OrbitBook& orbits) {
  const std::vector<UtcTime> times = times_of(granule.lines);
  DL_TRY(auto orbit, orbits.choose(times.front(), times.back()));
  const Geolocator geolocator(std::move(orbit));
  DL_TRY(auto grid, geolocator.tie_grid(geometry, times, {geometry.tie_step, geometry.tie_step}));
  DL_TRY(const auto outline, geolocator.outline_grid(geometry, times));

  const UtcTime middle = times[times.size() / 2];
  granule.orbit_state = geolocator.orbit_state(middle);
  granule.absolute_orbit = geolocator.orbit().absolute_orbit(middle);
  granule.quicklook_rotate_180 =
      granule.orbit_state == "ascending" && geometry.first_angle_deg > geometry.last_angle_deg;
  granule.footprint = footprint(outline);
  granule.tie_grid = std::move(grid);
  granule.provenance.orbit = geolocator.orbit().source();
  granule.provenance.attitude_model = to_string(geometry.attitude);
  if (const std::string& remark = geolocator.orbit().remark(); !remark.empty()) {
    add_flag(granule.provenance.flags, "tle_suspect");
    granule.provenance.remarks.push_back(remark);
  }
  if (geolocator.orbit().source().old) {
    add_flag(granule.provenance.flags, "tle_old");
    for (Line& line : granule.lines) line.flags |= kLineTleOld;
  }
  return {};
}

}  // namespace

void locate(CalibratedGranule& granule, const ScanGeometry& geometry, const OrbitBook& orbits) {
  if (granule.lines.empty()) {
    granule.ungeolocated_reason = "the granule has no lines";
    return;
  }
  auto located = try_locate(granule, geometry, orbits);
  if (!located) granule.ungeolocated_reason = std::move(located.error().message);
}

}  // namespace dl::calibrate
