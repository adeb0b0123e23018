#include "tools/downlink-sim/earth/microwave.h"

#include <algorithm>
#include <cmath>

#include "tools/downlink-sim/earth/coastline.h"

namespace dl::sim {
namespace {

// The sea reflects half of the cold sky, land hardly anything.
constexpr double kSeaEmissivity = 0.6;
constexpr double kLandEmissivity = 0.95;
constexpr double kSkyKelvin = 15;
// Colder than this at 10.8 um is cloud.
constexpr double kCloudFreeKelvin = 270;
constexpr double kCloudDepthKelvin = 50;

}  // namespace

double microwave_temperature(const MicrowaveBand& band, double longitude_deg, double latitude_deg,
                             double thermal_kelvin) {
  // Clouds hide the surface at 10.8 um and hardly here: behind them it is as warm as its latitude.
  const double skin = std::max(thermal_kelvin, 300 - 0.55 * std::max(0.0, std::abs(latitude_deg) - 20));
  const double emissivity = is_land(longitude_deg, latitude_deg) ? kLandEmissivity : kSeaEmissivity;
  const double surface = emissivity * skin + (1 - emissivity) * kSkyKelvin;
  const double air = band.air_kelvin + 0.3 * (skin - 280);
  const double cloud = std::clamp((kCloudFreeKelvin - thermal_kelvin) / kCloudDepthKelvin, 0.0, 1.0);
  const double seen = band.surface_weight * surface + (1 - band.surface_weight) * air - band.cloud_kelvin * cloud;
  return std::clamp(seen, 100.0, 320.0);
}

}  // namespace dl::sim
