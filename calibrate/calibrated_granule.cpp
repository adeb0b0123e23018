#include "calibrate/calibrated_granule.h"

#include <array>
#include <string_view>

namespace dl::calibrate {

std::string_view to_string(Quantity quantity) {
  switch (quantity) {
    case Quantity::counts:
      return "counts";
    case Quantity::reflectance:
      return "reflectance";
    case Quantity::brightness_temperature:
      return "brightness_temperature";
    case Quantity::radiance:
      return "radiance";
    case Quantity::scaled_radiance:
      return "scaled_radiance";
  }
  return "counts";
}

std::vector<std::string> line_flag_names(std::uint32_t flags) {
  // In bit order, one for each constant of LineFlag.
  static constexpr std::array<std::string_view, 17> kNames = {
      "missing",          "rs_corrected",      "gap_before",      "partial",           "packet_checksum_bad",
      "time_jump",        "time_interpolated", "prt_invalid",     "ict_out_of_limits", "space_view_contaminated",
      "cal_window_short", "cal_extrapolated",  "cal_provisional", "known_bad_epoch",   "tle_old",
      "channel3=B",       "uncalibrated",
  };
  static_assert(kLineUncalibrated == 1U << (kNames.size() - 1), "a new flag needs its name");
  std::vector<std::string> names;
  for (std::size_t bit = 0; bit < kNames.size(); ++bit) {
    if ((flags >> bit) & 1U) names.emplace_back(kNames[bit]);
  }
  return names;
}

}  // namespace dl::calibrate
