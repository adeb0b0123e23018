// Calibration by look-up: counts to values and quality, one small table per line and band.
#pragma once

#include <cstdint>
#include <span>

namespace dl::calibrate {

// values[i] = table[counts[i]]. All spans but `table` have the same size; every count is less than table.size(), which
// the caller knows from the width of its samples. `values` may be `counts`.
void look_up(std::span<const std::uint16_t> counts, std::span<const std::uint16_t> table,
             std::span<std::uint16_t> values);

// Value and quality of a count side by side, so that one load gives both.
struct CountEntry {
  std::uint16_t value = 0;
  std::uint8_t quality = 0;
};

// values[i] and quality[i] = table[counts[i]], under the same conditions.
void look_up(std::span<const std::uint16_t> counts, std::span<const CountEntry> table, std::span<std::uint16_t> values,
             std::span<std::uint8_t> quality);

}  // namespace dl::calibrate
