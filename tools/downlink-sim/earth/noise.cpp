#include "tools/downlink-sim/earth/noise.h"

#include <cmath>

namespace dl::sim {
namespace {

// An integer hash (the finaliser of a 32-bit multiply-xorshift generator) of a lattice point, as -1 to 1.
double lattice_value(std::int32_t x, std::int32_t y, std::int32_t z, std::uint32_t seed) {
  std::uint32_t hash = seed;
  for (const std::int32_t coordinate : {x, y, z}) {
    hash ^= static_cast<std::uint32_t>(coordinate) + 0x9E3779B9U + (hash << 6) + (hash >> 2);
    hash ^= hash >> 16;
    hash *= 0x7FEB352DU;
    hash ^= hash >> 15;
    hash *= 0x846CA68BU;
    hash ^= hash >> 16;
  }
  return static_cast<double>(hash) / 2147483647.5 - 1.0;
}

double smooth(double t) {
  return t * t * (3.0 - 2.0 * t);
}

double value_noise(const Vector3& point, std::uint32_t seed) {
  std::array<std::int32_t, 3> cell{};
  Vector3 fraction{};
  for (std::size_t i = 0; i < 3; ++i) {
    const double whole = std::floor(point[i]);
    cell[i] = static_cast<std::int32_t>(whole);
    fraction[i] = smooth(point[i] - whole);
  }
  double sum = 0;
  for (int corner = 0; corner < 8; ++corner) {
    const int dx = corner & 1, dy = (corner >> 1) & 1, dz = corner >> 2;
    const double weight = (dx != 0 ? fraction[0] : 1 - fraction[0]) * (dy != 0 ? fraction[1] : 1 - fraction[1]) *
                          (dz != 0 ? fraction[2] : 1 - fraction[2]);
    sum += weight * lattice_value(cell[0] + dx, cell[1] + dy, cell[2] + dz, seed);
  }
  return sum;
}

}  // namespace

double fractal_noise(const Vector3& point, int octaves, std::uint32_t seed) {
  double sum = 0, strength = 1, total = 0, scale = 1;
  for (int octave = 0; octave < octaves; ++octave) {
    sum += strength * value_noise({point[0] * scale, point[1] * scale, point[2] * scale},
                                  seed + static_cast<std::uint32_t>(octave));
    total += strength;
    strength *= 0.5;
    scale *= 2.03;
  }
  return sum / total * 1.6;
}

}  // namespace dl::sim
