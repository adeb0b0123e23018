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

// How the line of sight is turned away from nadir, in the order of the members. The same for a pixel of every line, so
// that the sines are worked out once.
struct Pointing {
  Turn cone;     // about the pitch axis: forward
  Turn azimuth;  // about nadir: to the right
  Turn roll;     // about the roll axis: to the right
  Turn pitch;    // about the pitch axis: forward
  Turn yaw;      // about nadir: to the right
};

// At an angle of the geometry (ScanGeometry::angle_deg), with its misalignment.
Pointing pointing(const ScanGeometry& geometry, double angle_deg);

// Unit vector in the Earth-fixed frame.
Vector3 line_of_sight(const PlatformAxes& axes, const Pointing& pointing);

}  // namespace dl::calibrate
