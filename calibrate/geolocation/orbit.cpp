#include "calibrate/geolocation/orbit.h"

#include <cassert>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "core/sha256.h"

namespace dl::calibrate {

namespace {

constexpr double kTwoPi = 6.283185307179586476925286766559;
constexpr double kMicrosecondsPerMinute = 60e6;
constexpr double kMicrosecondsPerDay = 86400e6;

double minutes_between(UtcTime from, UtcTime to) {
  return static_cast<double>((to - from).count()) / kMicrosecondsPerMinute;
}

// Angle from the ascending node, in the plane of the orbit.
double argument_of_latitude_rad(const StateVector& state) {
  const Vector3 momentum = cross(state.position_km, state.velocity_km_s);
  const Vector3 node = unit(cross(Vector3{0, 0, 1}, momentum));
  const Vector3 quarter_on = unit(cross(momentum, node));
  return std::atan2(dot(state.position_km, quarter_on), dot(state.position_km, node));
}

Failure propagation_failure(std::string_view line1, UtcTime epoch, Sgp4Failure failure) {
  return fail(ErrorKind::corrupt, fmt::format("no orbit: the element set '{}' of {} cannot be propagated: {}; use a "
                                              "newer one",
                                              line1, format_utc(epoch), to_string(failure)));
}

}  // namespace

double days_between(UtcTime from, UtcTime to) {
  return static_cast<double>((to - from).count()) / kMicrosecondsPerDay;
}

std::string_view to_string(OrbitKind kind) {
  switch (kind) {
    case OrbitKind::element_file:
      return "element_file";
    case OrbitKind::metop_admin_message:
      return "metop_admin_message";
    case OrbitKind::jpss_ephemeris:
      return "jpss_ephemeris";
  }
  assert(false);
  return {};
}

Result<std::shared_ptr<const ElementOrbit>> ElementOrbit::create(const TwoLineElements& set, OrbitKind kind, UtcTime at,
                                                                 double flag_days) {
  auto sgp4 = Sgp4::create(set);
  if (!sgp4) return propagation_failure(set.line1, set.epoch, sgp4.error());
  OrbitSource source;
  source.kind = kind;
  source.name = set.name;
  source.line1 = set.line1;
  source.line2 = set.line2;
  source.sha256 = sha256_hex(as_bytes(set.line1 + "\n" + set.line2 + "\n"));
  source.epoch = set.epoch;
  source.age_days = days_between(set.epoch, at);
  source.old = std::abs(source.age_days) > flag_days;
  return std::shared_ptr<const ElementOrbit>(
      new ElementOrbit(*sgp4, std::move(source), set.remark, static_cast<double>(set.revolution)));
}

Result<StateVector> ElementOrbit::earth_fixed(UtcTime at) const {
  const auto teme = sgp4_.propagate(minutes_between(source().epoch, at));
  if (!teme) return propagation_failure(source().line1, source().epoch, teme.error());
  return teme_to_earth_fixed(*teme, greenwich_mean_sidereal_time_rad(at));
}

std::uint32_t ElementOrbit::absolute_orbit(UtcTime at) const {
  const double minutes = minutes_between(source().epoch, at);
  const auto teme = sgp4_.propagate(minutes);
  if (!teme) return 0;
  // The mean motion says which turn it is, the true position where in the turn.
  const double mean = sgp4_.mean_argument_of_latitude_rad(minutes);
  const double within = argument_of_latitude_rad(*teme);
  const double latitude_argument = within + kTwoPi * std::round((mean - within) / kTwoPi);
  const double turns =
      std::floor(latitude_argument / kTwoPi) - std::floor(sgp4_.mean_argument_of_latitude_rad(0) / kTwoPi);
  const double orbit = revolution_at_epoch_ + turns;
  return orbit > 0 ? static_cast<std::uint32_t>(orbit) : 0;
}

}  // namespace dl::calibrate
