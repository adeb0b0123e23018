#include "calibrate/geolocation/geodesy.h"

#include <erfa.h>

namespace dl::calibrate {

namespace {

constexpr double kDegree = 0.017453292519943295769;
constexpr double kEccentricitySquared = kEarthFlattening * (2 - kEarthFlattening);
constexpr double kUnixEpochJulianDate = 2440587.5;

// Bowring, "Transformation from spatial to geographical coordinates" (Survey Review 23, 1976), from sines and cosines
// and without angles: after three rounds exact to the last digit from the ground to a thousand kilometres.
Turn geodetic_latitude(const Vector3& p) {
  constexpr double kSecondEccentricitySquared = kEccentricitySquared / (1 - kEccentricitySquared);
  const auto turn = [](double opposite, double adjacent) {
    const double length = std::hypot(opposite, adjacent);
    return length > 0 ? Turn{opposite / length, adjacent / length} : Turn{};
  };
  const double from_axis = std::hypot(p.x, p.y);
  Turn parametric = turn(p.z * kEarthSemiMajorAxis_km, from_axis * kEarthSemiMinorAxis_km);
  Turn latitude;
  for (int i = 0; i < 3; ++i) {
    const auto cubed = [](double x) { return x * x * x; };
    latitude = turn(p.z + kSecondEccentricitySquared * kEarthSemiMinorAxis_km * cubed(parametric.sine),
                    from_axis - kEccentricitySquared * kEarthSemiMajorAxis_km * cubed(parametric.cosine));
    parametric = turn((1 - kEarthFlattening) * latitude.sine, latitude.cosine);
  }
  return latitude;
}

}  // namespace

double greenwich_mean_sidereal_time_rad(UtcTime utc) {
  const auto day = std::chrono::floor<std::chrono::days>(utc);
  const double fraction = static_cast<double>((utc - day).count()) / 86400e6;
  return eraGmst82(kUnixEpochJulianDate + static_cast<double>(day.time_since_epoch().count()), fraction);
}

StateVector teme_to_earth_fixed(const StateVector& teme, double sidereal_time_rad) {
  constexpr Vector3 kAxis{0, 0, 1};
  const Turn turn = Turn::by(-sidereal_time_rad);
  const Vector3 position = rotate(teme.position_km, kAxis, turn);
  const Vector3 velocity = rotate(teme.velocity_km_s, kAxis, turn);
  return {position, velocity - cross(kEarthRotation_rad_s * kAxis, position)};
}

GeodeticPoint to_geodetic(const Vector3& p) {
  const Turn latitude = geodetic_latitude(p);
  const double from_axis = std::hypot(p.x, p.y);
  // Valid at the poles too, where from_axis / cos(latitude) is not.
  const double height = from_axis * latitude.cosine + p.z * latitude.sine -
                        kEarthSemiMajorAxis_km * std::sqrt(1 - kEccentricitySquared * latitude.sine * latitude.sine);
  return {std::atan2(p.y, p.x) / kDegree, std::atan2(latitude.sine, latitude.cosine) / kDegree, height};
}

Vector3 from_geodetic(const GeodeticPoint& point) {
  const Turn longitude = Turn::by(point.longitude_deg * kDegree);
  const Turn latitude = Turn::by(point.latitude_deg * kDegree);
  const double normal_radius =
      kEarthSemiMajorAxis_km / std::sqrt(1 - kEccentricitySquared * latitude.sine * latitude.sine);
  const double from_axis = (normal_radius + point.height_km) * latitude.cosine;
  return {from_axis * longitude.cosine, from_axis * longitude.sine,
          (normal_radius * (1 - kEccentricitySquared) + point.height_km) * latitude.sine};
}

Horizon horizon_at(const Vector3& p) {
  const Turn latitude = geodetic_latitude(p);
  const double from_axis = std::hypot(p.x, p.y);
  const Turn longitude = from_axis > 0 ? Turn{p.y / from_axis, p.x / from_axis} : Turn{};
  return {{latitude.cosine * longitude.cosine, latitude.cosine * longitude.sine, latitude.sine},
          {-longitude.sine, longitude.cosine, 0},
          {-latitude.sine * longitude.cosine, -latitude.sine * longitude.sine, latitude.cosine}};
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

Direction look_direction(const Horizon& from, const Vector3& sight) {
  const double east = dot(sight, from.east);
  const double north = dot(sight, from.north);
  const double azimuth = std::atan2(east, north) / kDegree;
  return {std::atan2(std::hypot(east, north), dot(sight, from.up)) / kDegree, azimuth < 0 ? azimuth + 360 : azimuth};
}

}  // namespace dl::calibrate
