#include "calibrate/geolocation/geolocator.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "calibrate/geolocation/attitude.h"
#include "calibrate/geolocation/sun.h"
#include "core/sha256.h"

namespace dl::calibrate {

namespace {

constexpr double kTwoPi = 6.283185307179586476925286766559;
constexpr double kMicrosecondsPerMinute = 60e6;
constexpr double kMicrosecondsPerDay = 86400e6;

double days_between(UtcTime from, UtcTime to) {
  return static_cast<double>((to - from).count()) / kMicrosecondsPerDay;
}

// The newest set not after `at` that is young enough, otherwise the nearest of all; of two with the same epoch the
// one without a remark, then the one that the file has later.
const TwoLineElements* choose(const std::vector<TwoLineElements>& sets, UtcTime at, double refuse_days) {
  const TwoLineElements* before = nullptr;
  const TwoLineElements* nearest = nullptr;
  const auto replaces = [&](const TwoLineElements* current, const TwoLineElements& candidate) {
    if (current == nullptr) return true;
    const double difference = std::abs(days_between(candidate.epoch, at)) - std::abs(days_between(current->epoch, at));
    if (difference != 0) return difference < 0;
    return candidate.remark.empty() || !current->remark.empty();
  };
  for (const TwoLineElements& set : sets) {
    if (replaces(nearest, set)) nearest = &set;
    if (set.epoch <= at && replaces(before, set)) before = &set;
  }
  return before != nullptr && days_between(before->epoch, at) <= refuse_days ? before : nearest;
}

Failure no_set(std::string_view tle_text, std::uint32_t norad_id, const ElementSets& found) {
  if (tle_text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return fail(ErrorKind::config, fmt::format("no orbit: no element set (TLE) was given; name a file that has one of "
                                               "satellite {} ('tle_file' in the configuration, --tle in batch)",
                                               norad_id));
  }
  if (!found.refused.empty()) {
    return fail(ErrorKind::config,
                fmt::format("no orbit: the element set of satellite {} in the TLE file cannot be read: {}; fetch the "
                            "file again",
                            norad_id, found.refused.front()));
  }
  const std::size_t others = parse_element_sets(tle_text).sets.size();
  return fail(ErrorKind::config, fmt::format("no orbit: the TLE file has no element set of satellite {} ({} of other "
                                             "satellites); add its two lines to the file",
                                             norad_id, others));
}

std::string joined_lines(const TwoLineElements& set) {
  return set.line1 + "\n" + set.line2 + "\n";
}

// Indices 0, step, 2 step, ... and the last one.
std::vector<double> tie_indices(std::size_t count, std::uint32_t step) {
  std::vector<double> indices;
  for (std::size_t i = 0; i + 1 < count; i += step) indices.push_back(static_cast<double>(i));
  indices.push_back(static_cast<double>(count - 1));
  return indices;
}

// Angle from the ascending node, in the plane of the orbit.
double argument_of_latitude_rad(const StateVector& state) {
  const Vector3 momentum = cross(state.position_km, state.velocity_km_s);
  const Vector3 node = unit(cross(Vector3{0, 0, 1}, momentum));
  const Vector3 quarter_on = unit(cross(momentum, node));
  return std::atan2(dot(state.position_km, quarter_on), dot(state.position_km, node));
}

struct Sight {
  StateVector satellite;          // Earth-fixed, when the pixel was taken
  std::optional<Vector3> ground;  // empty: the line of sight misses the Earth
};

// Propagates for each pixel: within a line the satellite moves on by hundreds of metres.
class Sighting {
 public:
  Sighting(const Sgp4& orbit, UtcTime epoch, const ScanGeometry& geometry)
      : orbit_(orbit), epoch_(epoch), geometry_(geometry) {}

  void set_line(UtcTime line_time) {
    line_time_us_ = static_cast<double>((line_time - epoch_).count());
    sidereal_time_ = greenwich_mean_sidereal_time_rad(line_time);
  }

  [[nodiscard]] tl::expected<Sight, Sgp4Failure> at(double pixel) const {
    const double offset_s = geometry_.time_offset_s(pixel);
    const auto teme = orbit_.propagate((line_time_us_ + offset_s * 1e6) / kMicrosecondsPerMinute);
    if (!teme) return tl::unexpected(teme.error());
    Sight sight{teme_to_earth_fixed(*teme, sidereal_time_ + offset_s * kEarthRotation_rad_s), std::nullopt};
    const PlatformAxes axes = platform_axes(sight.satellite, geometry_.attitude, geometry_.nadir);
    const Vector3 direction = line_of_sight(axes, geometry_, geometry_.angle_deg(pixel));
    sight.ground = intersect_ellipsoid(sight.satellite.position_km, direction);
    return sight;
  }

 private:
  const Sgp4& orbit_;
  UtcTime epoch_;
  const ScanGeometry& geometry_;
  double line_time_us_ = 0;
  double sidereal_time_ = 0;
};

Failure propagation_failure(const OrbitSource& source, Sgp4Failure failure) {
  return fail(ErrorKind::corrupt,
              fmt::format("no orbit: the element set '{}' of {} cannot be propagated: {}; use a newer "
                          "one",
                          source.line1, format_utc(source.epoch), to_string(failure)));
}

void append_point(TieGrid& grid, const Sight& sight, const Vector3& sun) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  constexpr float kNoAngle = std::numeric_limits<float>::quiet_NaN();
  if (!sight.ground) {
    grid.longitude_deg.push_back(kNone);
    grid.latitude_deg.push_back(kNone);
    for (auto* field :
         {&grid.sun_zenith_deg, &grid.sun_azimuth_deg, &grid.sensor_zenith_deg, &grid.sensor_azimuth_deg}) {
      field->push_back(kNoAngle);
    }
    return;
  }
  const GeodeticPoint point = to_geodetic(*sight.ground);
  const Direction to_sun = look_direction(point, sun);
  const Direction to_sensor = look_direction(point, sight.satellite.position_km);
  grid.longitude_deg.push_back(point.longitude_deg);
  grid.latitude_deg.push_back(point.latitude_deg);
  grid.sun_zenith_deg.push_back(static_cast<float>(to_sun.zenith_deg));
  grid.sun_azimuth_deg.push_back(static_cast<float>(to_sun.azimuth_deg));
  grid.sensor_zenith_deg.push_back(static_cast<float>(to_sensor.zenith_deg));
  grid.sensor_azimuth_deg.push_back(static_cast<float>(to_sensor.azimuth_deg));
}

}  // namespace

Result<Geolocator> Geolocator::create(std::string_view tle_text, std::uint32_t norad_id, UtcTime at,
                                      OrbitAgeLimits limits) {
  ElementSets found = parse_element_sets(tle_text, norad_id);
  const TwoLineElements* set = choose(found.sets, at, limits.refuse_days);
  if (set == nullptr) return no_set(tle_text, norad_id, found);

  OrbitSource source{set->name,  set->line1,
                     set->line2, sha256_hex(as_bytes(joined_lines(*set))),
                     set->epoch, days_between(set->epoch, at),
                     false};
  const double age_days = std::abs(source.age_days);
  if (age_days > limits.refuse_days) {
    return fail(
        ErrorKind::config,
        fmt::format("no orbit: the nearest element set of satellite {} is of {}, {:.1f} days {} the data of {}; "
                    "the limit is {:g} days ('tle_age_refuse'): fetch element sets of that day",
                    norad_id, format_utc(set->epoch), age_days, source.age_days < 0 ? "after" : "before",
                    format_utc(at), limits.refuse_days));
  }
  source.old = age_days > limits.flag_days;
  auto orbit = Sgp4::create(*set);
  if (!orbit) return propagation_failure(source, orbit.error());
  return Geolocator(std::move(*orbit), std::move(source), set->remark, set->revolution);
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
  Sighting sighting(orbit_, source_.epoch, geometry);
  for (const double line : grid.lines) {
    const UtcTime line_time = line_times[static_cast<std::size_t>(line)];
    sighting.set_line(line_time);
    const Vector3 sun = sun_position_km(line_time);
    for (const double pixel : grid.pixels) {
      const auto sight = sighting.at(pixel);
      if (!sight) return propagation_failure(source_, sight.error());
      append_point(grid, *sight, sun);
    }
  }
  return grid;
}

Result<GeodeticPoint> Geolocator::locate_pixel(const ScanGeometry& geometry, UtcTime line_time, double pixel) const {
  Sighting sighting(orbit_, source_.epoch, geometry);
  sighting.set_line(line_time);
  const auto sight = sighting.at(pixel);
  if (!sight) return propagation_failure(source_, sight.error());
  if (!sight->ground) {
    return fail(ErrorKind::corrupt,
                fmt::format("pixel {:g} of geometry '{}' looks past the Earth", pixel, geometry.id));
  }
  return to_geodetic(*sight->ground);
}

Result<StateVector> Geolocator::earth_fixed(UtcTime at) const {
  const auto teme = orbit_.propagate(static_cast<double>((at - source_.epoch).count()) / kMicrosecondsPerMinute);
  if (!teme) return propagation_failure(source_, teme.error());
  return teme_to_earth_fixed(*teme, greenwich_mean_sidereal_time_rad(at));
}

Result<GeodeticPoint> Geolocator::sub_satellite_point(UtcTime at) const {
  DL_TRY(const StateVector state, earth_fixed(at));
  return to_geodetic(state.position_km);
}

std::string Geolocator::orbit_state(UtcTime at) const {
  const auto state = earth_fixed(at);
  if (!state) return {};
  return state->velocity_km_s.z >= 0 ? "ascending" : "descending";
}

std::uint32_t Geolocator::absolute_orbit(UtcTime at) const {
  const double minutes = static_cast<double>((at - source_.epoch).count()) / kMicrosecondsPerMinute;
  const auto teme = orbit_.propagate(minutes);
  if (!teme) return 0;
  // The mean motion says which turn it is, the true position where in the turn.
  const double mean = orbit_.mean_argument_of_latitude_rad(minutes);
  const double within = argument_of_latitude_rad(*teme);
  const double latitude_argument = within + kTwoPi * std::round((mean - within) / kTwoPi);
  const double turns =
      std::floor(latitude_argument / kTwoPi) - std::floor(orbit_.mean_argument_of_latitude_rad(0) / kTwoPi);
  const double orbit = revolution_at_epoch_ + turns;
  return orbit > 0 ? static_cast<std::uint32_t>(orbit) : 0;
}

}  // namespace dl::calibrate
