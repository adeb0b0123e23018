// How a scanning instrument looks at the Earth. The numbers are rows of an instrument's tables, not code:
// calibrate/geolocation/scan_geometry_row.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace dl::calibrate {

// How the platform holds itself (instruments.md section 6).
enum class AttitudeLaw {
  local_normal,               // forward axis along the inertial velocity
  local_normal_yaw_steering,  // forward axis along the ground-relative velocity: scan lines cross the ground track
};                            // at right angles (Metop: 3.94 degrees of yaw at the equator)

// What "straight down" means.
enum class NadirConvention {
  geodetic,    // along the normal of the ellipsoid through the satellite: what platforms fly
  geocentric,  // to the centre of the Earth
  legacy,      // pyorbital's (1.7): parallel to the line from the centre of the Earth to the geodetic
};             // sub-satellite point; off by up to 2.8 km on the ground, only to reproduce its numbers

// "yaw-steering", "local-normal": for provenance.
std::string to_string(AttitudeLaw law);

enum class ScanPattern {
  cross_track,  // the line of sight swings from side to side through nadir: pixels have scan angles
  conical,      // it turns about nadir at a fixed angle from it: pixels have azimuths
};

struct ScanGeometry {
  std::string id;               // of the table row, for provenance: "metop-b/avhrr-3/geometry/1"
  std::size_t pixel_count = 0;  // of a line, at equal steps of the angle
  ScanPattern pattern = ScanPattern::cross_track;
  // Angles of the centres of the first and the last pixel.
  // cross_track: from nadir, in the plane across the flight direction, positive to its right: AVHRR/3 begins on the
  // right, so +55.37 to -55.37. conical: about nadir, from the flight direction, positive to its right.
  double first_angle_deg = 0;
  double last_angle_deg = 0;
  double cone_angle_deg = 0;  // conical: between nadir and the line of sight
  // When a pixel is taken: from line time + first_pixel_offset_s + pixel * pixel_interval_s, for dwell_s. Its position
  // is that of the middle of the dwell.
  double first_pixel_offset_s = 0;
  double pixel_interval_s = 0;  // AVHRR/3: 25e-6
  double dwell_s = 0;  // of instruments that step and stare (AMSU-A: 0.165), 0 where it is a fraction of a pixel
  double line_interval_s = 0;  // from one line to the next
  std::uint32_t tie_step = 8;  // of the tie grid, in lines and pixels; sounders 1: every pixel has its position
  AttitudeLaw attitude = AttitudeLaw::local_normal;
  NadirConvention nadir = NadirConvention::geodetic;
  // Misalignment of instrument and platform. Applied in the order roll, pitch, yaw.
  double roll_deg = 0;   // positive looks further right: in a cross-track scan it adds to the scan angle
  double pitch_deg = 0;  // positive looks further forward
  double yaw_deg = 0;    // about nadir, positive turns the forward axis to the right

  // Angle of a (possibly fractional) pixel index, misalignment not included.
  [[nodiscard]] double angle_deg(double pixel) const {
    if (pixel_count < 2) return first_angle_deg;
    return first_angle_deg + (last_angle_deg - first_angle_deg) * pixel / static_cast<double>(pixel_count - 1);
  }
  // After the line's time, of the middle of the pixel's dwell.
  [[nodiscard]] double time_offset_s(double pixel) const {
    return first_pixel_offset_s + pixel * pixel_interval_s + dwell_s / 2;
  }
};

}  // namespace dl::calibrate
