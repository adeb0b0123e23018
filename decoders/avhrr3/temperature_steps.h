// Brightness temperature by look-up: a row's thermal band does not change from line to line, only its counts do.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "calibrate/planck.h"
#include "decoders/avhrr3/nearest_whole.h"

namespace dl::decoders::avhrr3 {

// Stored temperature of a radiance, exactly as stored_temperature() gives it, without its logarithm.
class TemperatureSteps {
 public:
  explicit TemperatureSteps(const calibrate::PlanckBand& band);

  [[nodiscard]] std::uint16_t at(double radiance) const {
    const std::uint64_t index = cell_of(radiance) - first_cell_;  // wraps below the first
    if (index < cells_.size()) {
      const Cell& cell = cells_[index];
      const double away = radiance - cell.radiance;
      const NearestWhole steps(cell.steps + away * (cell.slope + away * cell.curvature));
      if (steps.sure()) return static_cast<std::uint16_t>(steps.whole());
    }
    return exact(radiance);
  }

 private:
  // A parabola about the middle of a small range of radiance.
  struct Cell {
    double radiance = 0;
    double steps = 0;  // of kTemperatureScale_kelvin; NaN where the parabola is not good enough
    double slope = 0;
    double curvature = 0;
  };

  // 256 cells to each power of two: by the sign, the exponent and the first eight bits of the fraction.
  static constexpr unsigned kFractionBits = 8;
  static constexpr unsigned kShift = 52 - kFractionBits;
  static std::uint64_t cell_of(double radiance) { return std::bit_cast<std::uint64_t>(radiance) >> kShift; }

  [[nodiscard]] Cell make_cell(std::uint64_t index) const;
  [[nodiscard]] std::uint16_t exact(double radiance) const;

  calibrate::PlanckBand band_;
  std::uint64_t first_cell_ = 0;
  std::vector<Cell> cells_;
};

// kTemperatureScale_kelvin times this is the brightness temperature; kNoData outside the range of the product.
std::uint16_t stored_temperature(const calibrate::PlanckBand& band, double radiance);

}  // namespace dl::decoders::avhrr3
