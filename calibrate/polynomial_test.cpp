#include "calibrate/polynomial.h"

#include <array>

#include <gtest/gtest.h>

namespace dl::calibrate {
namespace {

TEST(Polynomial, LowestPowerFirst) {
  EXPECT_DOUBLE_EQ(polynomial(std::array{1.0, 2.0, 3.0}, 10), 321);
  EXPECT_DOUBLE_EQ(polynomial({}, 10), 0);
}

TEST(PiecewiseLinear, MeetsItsPointsAndGoesOnOutside) {
  const std::array x = {270.0, 280.0, 300.0};
  const std::array y = {-1.0, 1.0, 0.0};
  EXPECT_DOUBLE_EQ(piecewise_linear(x, y, 270), -1);
  EXPECT_DOUBLE_EQ(piecewise_linear(x, y, 280), 1);
  EXPECT_DOUBLE_EQ(piecewise_linear(x, y, 300), 0);
  EXPECT_DOUBLE_EQ(piecewise_linear(x, y, 275), 0);
  EXPECT_DOUBLE_EQ(piecewise_linear(x, y, 290), 0.5);
  EXPECT_DOUBLE_EQ(piecewise_linear(x, y, 260), -3);
  EXPECT_DOUBLE_EQ(piecewise_linear(x, y, 320), -1);
}

}  // namespace
}  // namespace dl::calibrate
