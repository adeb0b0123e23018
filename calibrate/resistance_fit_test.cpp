#include "calibrate/resistance_fit.h"

#include <array>

#include <gtest/gtest.h>

namespace dl::calibrate {
namespace {

constexpr std::array kResistors = {117.97, 95.279, 80.594};  // instruments.md appendix C, Metop-B, side 0

TEST(ResistanceFit, ALineComesBack) {
  std::array<double, 3> counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = (kResistors[i] - 70) / 0.001;
  const auto fit = fit_resistance(kResistors, counts);
  ASSERT_TRUE(fit);
  EXPECT_NEAR(fit->offset_ohm, 70, 1e-9);
  EXPECT_NEAR(fit->ohm_per_count, 0.001, 1e-14);
  EXPECT_NEAR(fit->ohm_of(30000), 100, 1e-9);
}

TEST(ResistanceFit, OneNoisyResistorMovesTheLineByTheLeastSquares) {
  const auto fit = fit_resistance(std::array{0.0, 1.0, 2.0}, std::array{0.0, 1.0, 2.0 + 0.3});
  ASSERT_TRUE(fit);
  // By hand: n = 3, sums of counts 3.3, squares 6.29, ohm 3, products 5.6; spread 7.98.
  EXPECT_NEAR(fit->ohm_per_count, (3 * 5.6 - 3 * 3.3) / 7.98, 1e-12);
  EXPECT_NEAR(fit->offset_ohm, (3 * 6.29 - 3.3 * 5.6) / 7.98, 1e-12);
}

TEST(ResistanceFit, EqualCountsGiveNoLine) {
  EXPECT_FALSE(fit_resistance(kResistors, std::array{0.0, 0.0, 0.0}));
  EXPECT_FALSE(fit_resistance(kResistors, std::array{65535.0, 65535.0, 65535.0}));
}

}  // namespace
}  // namespace dl::calibrate
