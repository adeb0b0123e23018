// What microwave sounders would see of the same made-up Earth.
#pragma once

namespace dl::sim {

// How a band weighs the surface and one layer of the air: enough for a picture in which sea, land, clouds and the warm
// and cold layers can be told apart.
struct MicrowaveBand {
  double surface_weight = 0;  // the rest is the air's
  double air_kelvin = 0;      // over a surface of 280 K
  double cloud_kelvin = 0;    // by which thick cloud, with its rain and ice, is colder
};

// 100 to 320 K. `thermal_kelvin` is the brightness temperature at 10.8 um of surface_at().
double microwave_temperature(const MicrowaveBand& band, double longitude_deg, double latitude_deg,
                             double thermal_kelvin);

}  // namespace dl::sim
