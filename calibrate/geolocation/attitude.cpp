#include "calibrate/geolocation/attitude.h"

#include <cassert>

namespace dl::calibrate {

namespace {

constexpr double kDegree = 0.017453292519943295769;

Vector3 nadir_direction(const Vector3& position, NadirConvention convention) {
  if (convention == NadirConvention::geocentric) return -unit(position);
  if (convention == NadirConvention::geodetic) return -horizon_at(position).up;
  const GeodeticPoint below = to_geodetic(position);
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

Pointing pointing(const ScanGeometry& geometry, double angle_deg) {
  Pointing turns;
  double roll_deg = geometry.roll_deg;
  if (geometry.pattern == ScanPattern::conical) {
    turns.cone = Turn::by(geometry.cone_angle_deg * kDegree);
    turns.azimuth = Turn::by(angle_deg * kDegree);
  } else {
    roll_deg += angle_deg;
  }
  // Right-handed about the forward axis goes from nadir to the left; scan angles count to the right.
  turns.roll = Turn::by(-roll_deg * kDegree);
  turns.pitch = Turn::by(geometry.pitch_deg * kDegree);
  turns.yaw = Turn::by(geometry.yaw_deg * kDegree);
  return turns;
}

Vector3 line_of_sight(const PlatformAxes& axes, const Pointing& turns) {
  Vector3 sight = rotate(axes.nadir, axes.right, turns.cone);
  sight = rotate(sight, axes.nadir, turns.azimuth);
  sight = rotate(sight, axes.forward, turns.roll);
  sight = rotate(sight, axes.right, turns.pitch);
  return rotate(sight, axes.nadir, turns.yaw);
}

}  // namespace dl::calibrate
