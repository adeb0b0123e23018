// The six channels of MSU-MR, three of which LRPT carries at a time.
#pragma once

#include <array>
#include <string_view>

#include "decoders/msu_mr/packet.h"

namespace dl::decoders::msu_mr {

struct Channel {
  std::string_view name;
  std::string_view description;
  std::string_view common_name;  // of the STAC eo extension
  double from_um;
  double to_um;
};

// WMO OSCAR, instrument MSU-MR (spectral ranges).
inline constexpr std::array<Channel, kChannels> kChannelTable = {{
    {"1", "red, 0.5 to 0.7 um", "red", 0.5, 0.7},
    {"2", "near infrared, 0.7 to 1.1 um", "nir", 0.7, 1.1},
    {"3", "short-wave infrared, 1.6 to 1.8 um", "swir16", 1.6, 1.8},
    {"4", "mid-wave infrared, 3.5 to 4.1 um", "", 3.5, 4.1},
    {"5", "thermal infrared, 10.5 to 11.5 um", "lwir11", 10.5, 11.5},
    {"6", "thermal infrared, 11.5 to 12.5 um", "lwir12", 11.5, 12.5},
}};

}  // namespace dl::decoders::msu_mr
