#include "calibrate/geolocation/geodesy.h"

#include <erfa.h>

namespace dl::calibrate {

namespace {

constexpr double kDegree = 0.017453292519943295769;
constexpr double kEccentricitySquared = kEarthFlattening * (2 - kEarthFlattening);
constexpr double kUnixEpochJulianDate = 2440587.5;

}  // namespace

double greenwich_mean_sidereal_time_rad(UtcTime utc) {
  const auto day = std::chrono::floor<std::chrono::days>(utc);
  const double fraction = static_cast<double>((utc - day).count()) / 86400e6;
  return eraGmst82(kUnixEpochJulianDate + static_cast<double>(day.time_since_epoch().count()), fraction);
}

StateVector teme_to_earth_fixed(const StateVector& teme, double sidereal_time_rad) {
  constexpr Vector3 kAxis{0, 0, 1};
  const Vector3 position = rotate(teme.position_km, kAxis, -sidereal_time_rad);
  const Vector3 velocity = rotate(teme.velocity_km_s, kAxis, -sidereal_time_rad);
  return {position, velocity - cross(kEarthRotation_rad_s * kAxis, position)};
}

GeodeticPoint to_geodetic(const Vector3& p) {
  const double from_axis = std::hypot(p.x, p.y);
  // Fixed-point iteration on the latitude: converges by e^2 each time, six rounds are beyond double precision.
  double latitude = std::atan2(p.z, from_axis * (1 - kEccentricitySquared));
  double normal_radius = kEarthSemiMajorAxis_km;
  for (int i = 0; i < 8; ++i) {
    const double s = std::sin(latitude);
    normal_radius = kEarthSemiMajorAxis_km / std::sqrt(1 - kEccentricitySquared * s * s);
    latitude = std::atan2(p.z + kEccentricitySquared * normal_radius * s, from_axis);
  }
  const double s = std::sin(latitude);
  // Valid at the poles too, where from_axis / cos(latitude) is not.
  const double height =
      from_axis * std::cos(latitude) + p.z * s - kEarthSemiMajorAxis_km * std::sqrt(1 - kEccentricitySquared * s * s);
  return {std::atan2(p.y, p.x) / kDegree, latitude / kDegree, height};
}

Vector3 from_geodetic(const GeodeticPoint& point) {
  const Vector3 normal = ellipsoid_normal(point.longitude_deg, point.latitude_deg);
  const double normal_radius = kEarthSemiMajorAxis_km / std::sqrt(1 - kEccentricitySquared * normal.z * normal.z);
  return {(normal_radius + point.height_km) * normal.x, (normal_radius + point.height_km) * normal.y,
          (normal_radius * (1 - kEccentricitySquared) + point.height_km) * normal.z};
}

Vector3 ellipsoid_normal(double longitude_deg, double latitude_deg) {
  const double longitude = longitude_deg * kDegree;
  const double latitude = latitude_deg * kDegree;
  return {std::cos(latitude) * std::cos(longitude), std::cos(latitude) * std::sin(longitude), std::sin(latitude)};
}

std::optional<Vector3> intersect_ellipsoid(const Vector3& origin, const Vector3& direction) {
  // Scaled so that the ellipsoid is the unit sphere.
  const auto scaled = [](const Vector3& v) {
    return Vector3{v.x / kEarthSemiMajorAxis_km, v.y / kEarthSemiMajorAxis_km, v.z / kEarthSemiMinorAxis_km};
  };
  const Vector3 o = scaled(origin);
  const Vector3 d = scaled(direction);
  const double a = dot(d, d);
  const double half_b = dot(o, d);
  const double discriminant = half_b * half_b - a * (dot(o, o) - 1);
  if (!(discriminant >= 0)) return std::nullopt;
  const double distance = (-half_b - std::sqrt(discriminant)) / a;
  if (!(distance > 0)) return std::nullopt;
  return origin + distance * direction;
}

Direction look_direction(const GeodeticPoint& from, const Vector3& towards) {
  const Vector3 up = ellipsoid_normal(from.longitude_deg, from.latitude_deg);
  const double longitude = from.longitude_deg * kDegree;
  const Vector3 east{-std::sin(longitude), std::cos(longitude), 0};
  const Vector3 north = cross(up, east);
  const Vector3 sight = towards - from_geodetic(from);
  const double e = dot(sight, east);
  const double n = dot(sight, north);
  const double azimuth = std::atan2(e, n) / kDegree;
  return {std::atan2(std::hypot(e, n), dot(sight, up)) / kDegree, azimuth < 0 ? azimuth + 360 : azimuth};
}

}  // namespace dl::calibrate
