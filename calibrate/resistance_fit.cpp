#include "calibrate/resistance_fit.h"

#include <cassert>
#include <cstddef>

namespace dl::calibrate {

std::optional<ResistanceFit> fit_resistance(std::span<const double> resistors_ohm, std::span<const double> counts) {
  assert(counts.size() >= 2 && counts.size() == resistors_ohm.size());
  const auto n = static_cast<double>(counts.size());
  double count = 0, count_squared = 0, ohm = 0, ohm_count = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    count += counts[i];
    count_squared += counts[i] * counts[i];
    ohm += resistors_ohm[i];
    ohm_count += resistors_ohm[i] * counts[i];
  }
  // Sums of squares of 16-bit counts are exact in doubles, so that equal counts give 0.
  const double spread = n * count_squared - count * count;
  if (spread <= 0) return std::nullopt;
  return ResistanceFit{(ohm * count_squared - count * ohm_count) / spread, (n * ohm_count - ohm * count) / spread};
}

}  // namespace dl::calibrate
