// The six bands of AVHRR/3, of which five are sent at a time.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace dl::decoders::avhrr3 {

inline constexpr std::size_t kSlot3 = 2;  // holds 3A or 3B

struct BandInfo {
  std::string_view name;
  std::string_view description;
  std::string_view common_name;  // of the STAC eo extension; it has none for 3.7 um
  double center_wavelength_um;
  double full_width_half_max_um;
  std::size_t slot;
  bool thermal;
};

// Half-power limits: NOAA KLM User's Guide, table 3.1.2.1-1 (0.58-0.68, 0.725-1.00, 1.58-1.64, 3.55-3.93,
// 10.30-11.30, 11.50-12.50 um).
inline constexpr std::array<BandInfo, 6> kBands = {{
    {"1", "red, 0.63 um", "red", 0.63, 0.10, 0, false},
    {"2", "near infrared, 0.86 um", "nir", 0.8625, 0.275, 1, false},
    {"3A", "short-wave infrared, 1.61 um", "swir16", 1.61, 0.06, kSlot3, false},
    {"3B", "mid-wave infrared, 3.74 um", "", 3.74, 0.38, kSlot3, true},
    {"4", "thermal infrared, 10.8 um", "lwir11", 10.8, 1.0, 3, true},
    {"5", "thermal infrared, 12.0 um", "lwir12", 12.0, 1.0, 4, true},
}};

}  // namespace dl::decoders::avhrr3
