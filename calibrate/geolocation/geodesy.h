// The Earth as an ellipsoid (WGS-84) and its rotation.
#pragma once

#include <optional>

#include "calibrate/geolocation/vector3.h"
#include "core/time.h"

namespace dl::calibrate {

// WGS-84 (NIMA TR8350.2, table 3.1).
inline constexpr double kEarthSemiMajorAxis_km = 6378.137;
inline constexpr double kEarthFlattening = 1.0 / 298.257223563;
inline constexpr double kEarthSemiMinorAxis_km = kEarthSemiMajorAxis_km * (1.0 - kEarthFlattening);
// As the Metop-SG mission file of EO-CFI has it (instruments.md section 6).
inline constexpr double kEarthRotation_rad_s = 7.2921151467e-5;

// Seen from the Earth's centre; the frame is said where it is used.
struct StateVector {
  Vector3 position_km;
  Vector3 velocity_km_s;
};

struct GeodeticPoint {
  double longitude_deg = 0;  // -180 to 180
  double latitude_deg = 0;
  double height_km = 0;  // above the ellipsoid
};

// Greenwich mean sidereal time, IAU 1982, with UT1 = UTC.
double greenwich_mean_sidereal_time_rad(UtcTime utc);

// From the frame of SGP4 (true equator, mean equinox of date) to the rotating Earth; the velocity becomes the one
// relative to the ground. No polar motion.
StateVector teme_to_earth_fixed(const StateVector& teme, double sidereal_time_rad);

GeodeticPoint to_geodetic(const Vector3& earth_fixed_km);
Vector3 from_geodetic(const GeodeticPoint& point);

// The local axes below, at or above a point: `up` is the ellipsoid's normal through it. At a pole, where there is no
// east, those of the meridian of Greenwich.
struct Horizon {
  Vector3 up;
  Vector3 east;
  Vector3 north;
};
Horizon horizon_at(const Vector3& earth_fixed_km);

// Where a line of sight from `origin_km` first meets the ellipsoid; empty when it misses it.
std::optional<Vector3> intersect_ellipsoid(const Vector3& origin_km, const Vector3& direction);

struct Direction {
  double zenith_deg = 0;
  double azimuth_deg = 0;  // clockwise from north, 0 to 360
};
// Of a line of sight that begins where the horizon is.
Direction look_direction(const Horizon& from, const Vector3& sight);

}  // namespace dl::calibrate
