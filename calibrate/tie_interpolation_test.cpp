#include "calibrate/tie_interpolation.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

namespace dl::calibrate {
namespace {

double cosine(double degrees) {
  return std::cos(degrees * std::numbers::pi / 180.0);
}

TEST(CosineInterpolator, MeetsTheTiePointsAndIsLinearBetween) {
  TieGrid grid;
  grid.lines = {0, 4};
  grid.pixels = {0, 8, 10};  // the last column lies on the last pixel, not a whole step on
  const std::vector<float> zenith = {10, 20, 30, 40, 50, 60};
  CosineInterpolator interpolator(grid, zenith);
  std::vector<double> out(11);
  interpolator.line(0, out);
  EXPECT_DOUBLE_EQ(out[0], cosine(10));
  EXPECT_DOUBLE_EQ(out[8], cosine(20));
  EXPECT_DOUBLE_EQ(out[10], cosine(30));
  EXPECT_NEAR(out[9], (cosine(20) + cosine(30)) / 2, 1e-12);
  interpolator.line(2, out);
  EXPECT_NEAR(out[0], (cosine(10) + cosine(40)) / 2, 1e-12);
  interpolator.line(9, out);  // beyond the grid
  EXPECT_DOUBLE_EQ(out[0], cosine(40));
}

}  // namespace
}  // namespace dl::calibrate
