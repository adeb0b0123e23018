// What the thermometers and the two reference views of a granule say, line by line and smoothed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "decoders/avhrr3/coefficients.h"
#include "decoders/avhrr3/raw_granule.h"
#include "decoders/avhrr3/thermal.h"

namespace dl::decoders::avhrr3 {

// Means of one line; NaN where there is nothing.
struct LineReference {
  double prt_count = 0;                      // of the three samples
  std::array<double, kSlots> space_count{};  // [slot]
  std::array<double, kSlots> black_body_count{};
};
LineReference line_reference(const ScanLine& line);

// Windows of 51 lines, 3 where the granule has 51 or fewer, held at both ends; chosen inside the granule, so that it is
// the same whichever granules came before it.
inline constexpr std::size_t kWindowLines = 51;
inline constexpr std::size_t kShortWindowLines = 3;

// The lines repeat every five: a reset line, whose PRT words are near 0, then thermometers 1 to 4. The place of the
// reset in the cycle by which most lines agree; none when no line is a reset.
inline constexpr double kPrtResetCount = 50;  // below: reset (instruments.md 5.3)
std::optional<std::size_t> prt_phase(const std::vector<double>& prt_counts);

class References {
 public:
  // `polynomials` is [line]: they may change with the row that is valid. Reads the flags of the lines as well as their
  // views; adds kLinePrtInvalid, kLineBlackBodyOutOfLimits, kLineSpaceViewContaminated to them. A flagged line's own
  // values are replaced by interpolation.
  static References smooth(RawGranule& granule, const std::vector<std::array<PrtPolynomial, kPrtCount>>& polynomials);
  // The same from means that were made elsewhere, [line]; flags are [line] too. Only lines with
  // `channel_3b` count for slot 2.
  static References smooth(const std::vector<LineReference>& lines, const std::vector<bool>& channel_3b,
                           const std::vector<std::array<PrtPolynomial, kPrtCount>>& polynomials,
                           std::vector<std::uint32_t>& flags);

  // Why there is no black-body temperature; empty when there is one.
  [[nodiscard]] const std::string& reason() const { return reason_; }
  // For a slot with a thermal band, and a reason() that is empty. None when no line had views of the slot.
  [[nodiscard]] std::optional<ThermalReference> at(std::size_t line, std::size_t slot) const;

 private:
  std::string reason_;
  std::vector<double> black_body_kelvin_;                // [line]
  std::array<std::vector<double>, kSlots> space_count_;  // [slot][line], empty for none
  std::array<std::vector<double>, kSlots> black_body_count_;
};

}  // namespace dl::decoders::avhrr3
