// Counts of a resistance bridge to ohm, by known resistors that are measured beside the thermometers
// (NOAA KLM User's Guide 7.6.6; instruments.md 5.4).
#pragma once

#include <optional>
#include <span>

namespace dl::calibrate {

struct ResistanceFit {
  double offset_ohm = 0;
  double ohm_per_count = 0;

  [[nodiscard]] double ohm_of(double count) const { return offset_ohm + ohm_per_count * count; }
};

// The least-squares line through the resistors; none when their counts do not differ. As many counts as resistors, two
// or more.
std::optional<ResistanceFit> fit_resistance(std::span<const double> resistors_ohm, std::span<const double> counts);

}  // namespace dl::calibrate
