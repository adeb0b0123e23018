// Smooth, repeatable randomness on the globe: the texture of a simulated Earth.
#pragma once

#include <array>
#include <cstdint>

namespace dl::sim {

using Vector3 = std::array<double, 3>;

// Fractal value noise, about -1 to 1, of a point in space; the same for the same seed on every machine.
// `octaves` layers, each twice as fine and half as strong as the one before.
double fractal_noise(const Vector3& point, int octaves, std::uint32_t seed);

}  // namespace dl::sim
