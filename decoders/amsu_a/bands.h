// The fifteen bands of AMSU-A (NOAA KLM User's Guide 3.3, table 3.3.2.1-1), which two units with three antennas
// measure.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "decoders/sounder_granule.h"

namespace dl::decoders::amsu_a {

inline constexpr std::size_t kBandCount = 15;
inline constexpr std::array<SounderBand, kBandCount> kBands = {{
    {"1", "23.8 GHz, water vapour and surface", 23.8},
    {"2", "31.4 GHz, window", 31.4},
    {"3", "50.3 GHz, surface and lowest troposphere", 50.3},
    {"4", "52.8 GHz, oxygen, 900 hPa", 52.8},
    {"5", "53.596 +- 0.115 GHz, oxygen, 600 hPa", 53.596},
    {"6", "54.4 GHz, oxygen, 400 hPa", 54.4},
    {"7", "54.94 GHz, oxygen, 250 hPa", 54.94},
    {"8", "55.5 GHz, oxygen, 150 hPa", 55.5},
    {"9", "57.290344 GHz, oxygen, 90 hPa", 57.290344},
    {"10", "57.290344 +- 0.217 GHz, oxygen, 50 hPa", 57.290344},
    {"11", "57.290344 +- 0.3222 +- 0.048 GHz, oxygen, 25 hPa", 57.290344},
    {"12", "57.290344 +- 0.3222 +- 0.022 GHz, oxygen, 10 hPa", 57.290344},
    {"13", "57.290344 +- 0.3222 +- 0.010 GHz, oxygen, 5 hPa", 57.290344},
    {"14", "57.290344 +- 0.3222 +- 0.0045 GHz, oxygen, 2 hPa", 57.290344},
    {"15", "89.0 GHz, window", 89.0},
}};

// An antenna with its receivers: a target and a sensor of the instrument's temperature of its own.
struct Module {
  std::string_view name;  // in table rows
  std::size_t unit = 0;   // index into kUnits (packet.h)
};
inline constexpr std::size_t kModuleCount = 3;
inline constexpr std::array<Module, kModuleCount> kModules = {{{"a1-1", 0}, {"a1-2", 0}, {"a2", 1}}};
// Of each band: bands 3, 4, 5 and 8 are of A1-2 (KLM User's Guide table 3.3.2.2-1).
inline constexpr std::array<std::size_t, kBandCount> kModuleOfBand = {2, 2, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0};

}  // namespace dl::decoders::amsu_a
