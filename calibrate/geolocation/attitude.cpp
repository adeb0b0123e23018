#include "calibrate/geolocation/attitude.h"

#include <cassert>

namespace dl::calibrate {

namespace {

constexpr double kDegree = 0.017453292519943295769;

Vector3 nadir_direction(const Vector3& position, NadirConvention convention) {
  if (convention == NadirConvention::geocentric) return -unit(position);
  const GeodeticPoint below = to_geodetic(position);
  if (convention == NadirConvention::geodetic) return -ellipsoid_normal(below.longitude_deg, below.latitude_deg);
  return -unit(from_geodetic({below.longitude_deg, below.latitude_deg, 0}));
}

// Earth-fixed axes, but with the Earth's own motion given back.
Vector3 inertial_velocity(const StateVector& state) {
  return state.velocity_km_s + cross(Vector3{0, 0, kEarthRotation_rad_s}, state.position_km);
}

}  // namespace

std::string to_string(AttitudeLaw law) {
  switch (law) {
    case AttitudeLaw::local_normal:
      return "local-normal";
    case AttitudeLaw::local_normal_yaw_steering:
      return "yaw-steering";
  }
  assert(false);
  return {};
}

PlatformAxes platform_axes(const StateVector& state, AttitudeLaw law, NadirConvention convention) {
  PlatformAxes axes;
  axes.nadir = nadir_direction(state.position_km, convention);
  const Vector3 velocity =
      law == AttitudeLaw::local_normal_yaw_steering ? state.velocity_km_s : inertial_velocity(state);
  axes.right = unit(cross(axes.nadir, velocity));
  axes.forward = convention == NadirConvention::legacy ? unit(velocity) : cross(axes.right, axes.nadir);
  return axes;
}

Vector3 line_of_sight(const PlatformAxes& axes, const ScanGeometry& geometry, double angle_deg) {
  // Right-handed about the forward axis goes from nadir to the left; scan angles count to the right.
  const bool conical = geometry.pattern == ScanPattern::conical;
  const double roll_deg = conical ? geometry.roll_deg : angle_deg + geometry.roll_deg;
  Vector3 sight = axes.nadir;
  if (conical) {
    const Vector3 ahead = rotate(axes.nadir, axes.right, geometry.cone_angle_deg * kDegree);
    sight = rotate(ahead, axes.nadir, angle_deg * kDegree);
  }
  const Vector3 rolled = rotate(sight, axes.forward, -roll_deg * kDegree);
  const Vector3 pitched = rotate(rolled, axes.right, geometry.pitch_deg * kDegree);
  return rotate(pitched, axes.nadir, geometry.yaw_deg * kDegree);
}

}  // namespace dl::calibrate
