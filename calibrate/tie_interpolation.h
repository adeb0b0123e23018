// Values of a tie-point field at every pixel of a line.
#pragma once

#include <span>
#include <vector>

#include "calibrate/calibrated_granule.h"

namespace dl::calibrate {

// Bilinear in the cosine of an angle that is known at the tie points, not in the angle: the cosine is what is divided
// by, and it is smooth where the Sun stands in the zenith.
class CosineInterpolator {
 public:
  // `grid` must outlive the interpolator; `angle_deg` is one of its fields.
  CosineInterpolator(const TieGrid& grid, const std::vector<float>& angle_deg);

  // out[x] = cosine at pixel x of `line`; beyond the grid its edge is held.
  void line(std::size_t line, std::span<double> out);

 private:
  // Pixels between two columns, or beyond the first or the last of them.
  struct Stretch {
    std::size_t end = 0;  // the pixel behind
    std::size_t before = 0;
    std::size_t after = 0;
  };

  void place_pixels(std::size_t count);

  const TieGrid& grid_;
  std::vector<double> cosine_;  // [row][column]
  std::vector<Stretch> stretches_;
  std::vector<double> weight_after_;  // [pixel]
};

}  // namespace dl::calibrate
