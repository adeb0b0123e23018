// The five bands of MHS (NOAA KLM User's Guide 3.9; EUMETSAT calls them H1 to H5).
#pragma once

#include <array>
#include <cstddef>

#include "decoders/sounder_granule.h"

namespace dl::decoders::mhs {

inline constexpr std::size_t kBandCount = 5;
inline constexpr std::array<SounderBand, kBandCount> kBands = {{
    {"1", "89.0 GHz, window", 89.0},
    {"2", "157.0 GHz, window", 157.0},
    {"3", "183.311 +- 1.0 GHz, water vapour of the upper troposphere", 183.311},
    {"4", "183.311 +- 3.0 GHz, water vapour of the middle troposphere", 183.311},
    {"5", "190.311 GHz, water vapour of the lower troposphere", 190.311},
}};

}  // namespace dl::decoders::mhs
