#include "calibrate/geolocation/geolocator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "calibrate/geolocation/attitude.h"
#include "calibrate/geolocation/sun.h"
#include "calibrate/geolocation/track.h"

namespace dl::calibrate {

namespace {

// Enough for a scan edge of 2900 km to bend on the map as it does on the Earth.
constexpr std::size_t kOutlineIntervals = 32;

Microseconds microseconds(double seconds) {
  return Microseconds(std::llround(seconds * 1e6));
}

// Indices 0, step, 2 step, ... and the last one.
std::vector<double> tie_indices(std::size_t count, std::uint32_t step) {
  std::vector<double> indices;
  indices.reserve(count / step + 2);
  for (std::size_t i = 0; i + 1 < count; i += step) indices.push_back(static_cast<double>(i));
  indices.push_back(static_cast<double>(count - 1));
  return indices;
}

// From -0.5 to count - 0.5, all but the ends whole numbers.
std::vector<double> outline_indices(std::size_t count) {
  const std::size_t intervals = std::min(count, kOutlineIntervals);
  std::vector<double> indices = {-0.5};
  for (std::size_t i = 1; i < intervals; ++i) indices.push_back(static_cast<double>(i * count / intervals));
  indices.push_back(static_cast<double>(count) - 0.5);
  return indices;
}

// The part of a pixel's geometry that is the same in every line.
struct Column {
  Pointing pointing;
  double time_offset_s = 0;
};

std::vector<Column> columns_of(const ScanGeometry& geometry, const std::vector<double>& pixels) {
  std::vector<Column> columns;
  columns.reserve(pixels.size());
  for (const double pixel : pixels) {
    columns.push_back({pointing(geometry, geometry.angle_deg(pixel)), geometry.time_offset_s(pixel)});
  }
  return columns;
}

// The path over all lines and the whole of each.
Result<Track> track_over(const Orbit& orbit, std::span<const UtcTime> times, const std::vector<Column>& columns) {
  const auto [first, last] = std::minmax_element(times.begin(), times.end());
  const auto [early, late] = std::minmax(columns.front().time_offset_s, columns.back().time_offset_s);
  return Track::create(orbit, *first + microseconds(early), *last + microseconds(late));
}

std::optional<Vector3> ground_point(const StateVector& satellite, const ScanGeometry& geometry,
                                    const Pointing& pointing) {
  const PlatformAxes axes = platform_axes(satellite, geometry.attitude, geometry.nadir);
  return intersect_ellipsoid(satellite.position_km, line_of_sight(axes, pointing));
}

void append_nowhere(TieGrid& grid) {
  grid.longitude_deg.push_back(std::numeric_limits<double>::quiet_NaN());
  grid.latitude_deg.push_back(std::numeric_limits<double>::quiet_NaN());
  for (auto* field : {&grid.sun_zenith_deg, &grid.sun_azimuth_deg, &grid.sensor_zenith_deg, &grid.sensor_azimuth_deg}) {
    field->push_back(std::numeric_limits<float>::quiet_NaN());
  }
}

void append_point(TieGrid& grid, const Vector3& ground, const Vector3& satellite, const Vector3& sun) {
  const GeodeticPoint point = to_geodetic(ground);
  const Horizon horizon = horizon_at(ground);
  const Direction to_sun = look_direction(horizon, sun - ground);
  const Direction to_sensor = look_direction(horizon, satellite - ground);
  grid.longitude_deg.push_back(point.longitude_deg);
  grid.latitude_deg.push_back(point.latitude_deg);
  grid.sun_zenith_deg.push_back(static_cast<float>(to_sun.zenith_deg));
  grid.sun_azimuth_deg.push_back(static_cast<float>(to_sun.azimuth_deg));
  grid.sensor_zenith_deg.push_back(static_cast<float>(to_sensor.zenith_deg));
  grid.sensor_azimuth_deg.push_back(static_cast<float>(to_sensor.azimuth_deg));
}

void reserve(TieGrid& grid) {
  const std::size_t points = grid.rows() * grid.columns();
  grid.longitude_deg.reserve(points);
  grid.latitude_deg.reserve(points);
  for (auto* field : {&grid.sun_zenith_deg, &grid.sun_azimuth_deg, &grid.sensor_zenith_deg, &grid.sensor_azimuth_deg}) {
    field->reserve(points);
  }
}

}  // namespace

Result<void> Geolocator::fill(TieGrid& grid, const ScanGeometry& geometry, std::span<const UtcTime> row_times) const {
  const std::vector<Column> columns = columns_of(geometry, grid.pixels);
  DL_TRY(const Track track, track_over(*orbit_, row_times, columns));
  const auto [first, last] = std::minmax_element(row_times.begin(), row_times.end());
  const SunTrack sun_track(*first, *last);
  reserve(grid);
  for (const UtcTime time : row_times) {
    const Vector3 sun = sun_track.position_km(time);
    for (const Column& column : columns) {
      const StateVector satellite = track.at(time, column.time_offset_s);
      if (const auto ground = ground_point(satellite, geometry, column.pointing)) {
        append_point(grid, *ground, satellite.position_km, sun);
      } else {
        append_nowhere(grid);
      }
    }
  }
  return {};
}

Result<TieGrid> Geolocator::tie_grid(const ScanGeometry& geometry, std::span<const UtcTime> line_times,
                                     TieGridSteps steps) const {
  if (line_times.empty() || geometry.pixel_count == 0 || steps.line == 0 || steps.pixel == 0) {
    return fail(ErrorKind::corrupt, fmt::format("tie grid: {} lines of {} pixels at steps {} and {} make no grid",
                                                line_times.size(), geometry.pixel_count, steps.line, steps.pixel));
  }
  TieGrid grid;
  grid.line_step = steps.line;
  grid.pixel_step = steps.pixel;
  grid.lines = tie_indices(line_times.size(), steps.line);
  grid.pixels = tie_indices(geometry.pixel_count, steps.pixel);
  std::vector<UtcTime> row_times;
  for (const double line : grid.lines) row_times.push_back(line_times[static_cast<std::size_t>(line)]);
  DL_CHECK(fill(grid, geometry, row_times));
  return grid;
}

Result<TieGrid> Geolocator::outline_grid(const ScanGeometry& geometry, std::span<const UtcTime> line_times) const {
  if (line_times.empty() || geometry.pixel_count == 0) {
    return fail(ErrorKind::corrupt,
                fmt::format("outline: {} lines of {} pixels have none", line_times.size(), geometry.pixel_count));
  }
  TieGrid grid;
  grid.lines = outline_indices(line_times.size());
  grid.pixels = outline_indices(geometry.pixel_count);
  const Microseconds half_a_line = microseconds(geometry.line_interval_s / 2);
  std::vector<UtcTime> row_times;
  for (const double line : grid.lines) row_times.push_back(line_times[static_cast<std::size_t>(std::max(line, 0.0))]);
  row_times.front() = line_times.front() - half_a_line;
  row_times.back() = line_times.back() + half_a_line;
  DL_CHECK(fill(grid, geometry, row_times));
  return grid;
}

Result<GeodeticPoint> Geolocator::locate_pixel(const ScanGeometry& geometry, UtcTime line_time, double pixel) const {
  const double offset_s = geometry.time_offset_s(pixel);
  DL_TRY(const Track track, Track::create(*orbit_, line_time, line_time + microseconds(std::max(offset_s, 0.0))));
  const auto ground =
      ground_point(track.at(line_time, offset_s), geometry, pointing(geometry, geometry.angle_deg(pixel)));
  if (!ground) {
    return fail(ErrorKind::corrupt,
                fmt::format("pixel {:g} of geometry '{}' looks past the Earth", pixel, geometry.id));
  }
  return to_geodetic(*ground);
}

Result<GeodeticPoint> Geolocator::sub_satellite_point(UtcTime at) const {
  DL_TRY(const StateVector state, orbit_->earth_fixed(at));
  return to_geodetic(state.position_km);
}

std::string Geolocator::orbit_state(UtcTime at) const {
  const auto state = orbit_->earth_fixed(at);
  if (!state) return {};
  return state->velocity_km_s.z >= 0 ? "ascending" : "descending";
}

}  // namespace dl::calibrate
