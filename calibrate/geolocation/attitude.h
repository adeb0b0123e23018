// Where a platform's axes and an instrument's pixels point.
#pragma once

#include "calibrate/geolocation/geodesy.h"
#include "calibrate/geolocation/scan_geometry.h"

namespace dl::calibrate {

// Unit vectors in the Earth-fixed frame: x (forward, roll), y (right, pitch) and z (nadir, yaw) of a platform that
// flies level. Right-handed and orthogonal, but for NadirConvention::legacy, whose forward axis is the velocity itself.
struct PlatformAxes {
  Vector3 forward;
  Vector3 right;
  Vector3 nadir;
};

// `state` is Earth-fixed, its velocity relative to the ground.
PlatformAxes platform_axes(const StateVector& state, AttitudeLaw law, NadirConvention nadir);

// Unit vector of the line of sight at an angle of the geometry (ScanGeometry::angle_deg), with its misalignment.
Vector3 line_of_sight(const PlatformAxes& axes, const ScanGeometry& geometry, double angle_deg);

}  // namespace dl::calibrate
