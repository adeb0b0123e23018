// A physical field to look at: what a radiometer would see of a made-up but plausible Earth.
#pragma once

#include <cstdint>

namespace dl::sim {

// Reflectance of AVHRR's bands 1, 2 and 3A (0 to 1, as if the sun stood overhead) and brightness temperature of
// bands 3B, 4 and 5 (kelvin).
struct SurfaceSample {
  double reflectance_1 = 0;
  double reflectance_2 = 0;
  double reflectance_3a = 0;
  double brightness_temperature_3b_k = 0;
  double brightness_temperature_4_k = 0;
  double brightness_temperature_5_k = 0;
};

// The same seed gives the same Earth: sea, land, deserts, snow, and clouds with one cyclone.
SurfaceSample surface_at(double longitude_deg, double latitude_deg, std::uint32_t seed);

}  // namespace dl::sim
