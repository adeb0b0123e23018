#include "tools/downlink-sim/earth/surface.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tools/downlink-sim/earth/coastline.h"
#include "tools/downlink-sim/earth/noise.h"

namespace dl::sim {
namespace {

constexpr double kDegree = std::numbers::pi / 180;
// The cyclone: a low south of Iceland, as there often is one.
constexpr double kCycloneLongitudeDeg = -14, kCycloneLatitudeDeg = 56, kCycloneRadiusDeg = 16;

Vector3 on_sphere(double longitude_deg, double latitude_deg, double scale) {
  const double longitude = longitude_deg * kDegree, latitude = latitude_deg * kDegree;
  return {scale * std::cos(latitude) * std::cos(longitude), scale * std::cos(latitude) * std::sin(longitude),
          scale * std::sin(latitude)};
}

double ramp(double value, double from, double to) {
  return std::clamp((value - from) / (to - from), 0.0, 1.0);
}
double mix(double a, double b, double share_of_b) {
  return a + (b - a) * share_of_b;
}

struct Ground {
  double reflectance_1, reflectance_2, reflectance_3a, temperature_k;
};

Ground blend(const Ground& a, const Ground& b, double share_of_b) {
  return {mix(a.reflectance_1, b.reflectance_1, share_of_b), mix(a.reflectance_2, b.reflectance_2, share_of_b),
          mix(a.reflectance_3a, b.reflectance_3a, share_of_b), mix(a.temperature_k, b.temperature_k, share_of_b)};
}

Ground ground_at(double longitude_deg, double latitude_deg, std::uint32_t seed) {
  // The outlines are coarse: shift the look-up point a little, so that coasts are ragged and not made of straight
  // lines.
  const Vector3 p = on_sphere(longitude_deg, latitude_deg, 60);
  const double shift_x = 0.35 * fractal_noise(p, 5, seed + 11), shift_y = 0.25 * fractal_noise(p, 5, seed + 23);
  const double texture = fractal_noise(on_sphere(longitude_deg, latitude_deg, 220), 4, seed + 37);
  const double warmth = 302 - 0.55 * std::max(0.0, std::abs(latitude_deg) - 20);
  if (!is_land(longitude_deg + shift_x, latitude_deg + shift_y)) {
    return {0.035 + 0.004 * texture, 0.018 + 0.003 * texture, 0.008, warmth - 6 + 0.6 * texture};
  }
  const Ground forest{0.05 + 0.01 * texture, 0.20 + 0.04 * texture, 0.10 + 0.02 * texture, warmth + 1 + texture};
  const Ground fields{0.12 + 0.02 * texture, 0.29 + 0.05 * texture, 0.23 + 0.03 * texture, warmth + 4 + 1.5 * texture};
  const double tilled = fractal_noise(on_sphere(longitude_deg, latitude_deg, 35), 4, seed + 83);
  const Ground green = blend(forest, fields, ramp(tilled + 0.04 * (54 - latitude_deg), -0.35, 0.35));
  const Ground desert{0.33 + 0.04 * texture, 0.38 + 0.04 * texture, 0.45 + 0.04 * texture, warmth + 14 + 2 * texture};
  const Ground snow{0.75 + 0.06 * texture, 0.68 + 0.06 * texture, 0.10, 268 + 2 * texture};
  const double wander = 4 * fractal_noise(on_sphere(longitude_deg, latitude_deg, 9), 3, seed + 41);
  const Ground dry = blend(green, desert, ramp(35 + wander - latitude_deg, 0, 3));
  return blend(dry, snow, ramp(latitude_deg + wander, 66, 69));
}

// 0 clear to 1 thick.
double cloud_at(double longitude_deg, double latitude_deg, std::uint32_t seed) {
  const double dx = (longitude_deg - kCycloneLongitudeDeg) * std::cos(latitude_deg * kDegree);
  const double dy = latitude_deg - kCycloneLatitudeDeg;
  const double distance_deg = std::hypot(dx, dy);
  const double inside = std::max(0.0, 1 - distance_deg / kCycloneRadiusDeg);
  // Winding the plane around the centre turns blobs into spiral arms.
  const double turn = 5.5 * inside * inside;
  const double x = dx * std::cos(turn) - dy * std::sin(turn), y = dx * std::sin(turn) + dy * std::cos(turn);
  const Vector3 wound = {x * 0.16, y * 0.16, 7.3};
  const double arms = inside > 0 ? fractal_noise(wound, 6, seed + 53) + 0.35 * inside : -1;
  const Vector3 p = on_sphere(longitude_deg, latitude_deg, 14);
  const double bend = fractal_noise({p[0] * 0.5, p[1] * 0.5, p[2] * 0.5}, 3, seed + 61);
  const double fields = fractal_noise({p[0] + 1.5 * bend, p[1] - 1.2 * bend, p[2] * 1.6}, 7, seed + 71);
  const double dry_belt = 0.45 * ramp(38 - std::abs(latitude_deg), 0, 8);
  return std::max(ramp(fields - dry_belt, 0.12, 0.75), ramp(arms, 0.05, 0.55) * ramp(inside, 0.02, 0.3));
}

}  // namespace

SurfaceSample surface_at(double longitude_deg, double latitude_deg, std::uint32_t seed) {
  const Ground ground = ground_at(longitude_deg, latitude_deg, seed);
  const double cloud = cloud_at(longitude_deg, latitude_deg, seed);
  const double cover = std::sqrt(cloud);
  const double top_k = 278 - 58 * cloud;
  SurfaceSample sample;
  sample.reflectance_1 = mix(ground.reflectance_1, 0.72, cover);
  sample.reflectance_2 = mix(ground.reflectance_2, 0.70, cover);
  sample.reflectance_3a = mix(ground.reflectance_3a, 0.48 - 0.25 * cloud, cover);
  sample.brightness_temperature_4_k = mix(ground.temperature_k, top_k, cover);
  sample.brightness_temperature_5_k = sample.brightness_temperature_4_k - 1.2 * (1 - cover) - 0.4;
  sample.brightness_temperature_3b_k = sample.brightness_temperature_4_k + 4 * (1 - 0.5 * cover);
  return sample;
}

}  // namespace dl::sim
