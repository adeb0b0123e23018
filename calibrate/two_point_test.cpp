#include "calibrate/two_point.h"

#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace dl::calibrate {
namespace {

// instruments.md 8: the closed form that needs no table and no other program.
TEST(TwoPointCurve, MeetsBothReferencesForEveryNonLinearity) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> space_count(1500, 28000), span(1000, 36000), space_radiance(1e-5, 1e-3),
      radiance_span(0.01, 0.2), u(-10, 10);
  for (int i = 0; i < 10000; ++i) {
    const ReferencePoint space{space_count(random), space_radiance(random)};
    const ReferencePoint target{space.count + span(random), space.radiance + radiance_span(random)};
    const auto curve = two_point_curve(space, target, u(random));
    ASSERT_TRUE(curve);
    // The three terms are up to some hundred radiances large and cancel out.
    EXPECT_NEAR(curve->radiance_of(space.count), space.radiance, 1e-10 * target.radiance);
    EXPECT_NEAR(curve->radiance_of(target.count), target.radiance, 1e-10 * target.radiance);
  }
}

TEST(TwoPointCurve, BetweenTheReferencesItLeavesTheLineByTheProductOfTheDistances) {
  const ReferencePoint space{10000, 0.001}, target{40000, 0.061};
  const auto line = two_point_curve(space, target, 0);
  const auto curve = two_point_curve(space, target, 2);
  ASSERT_TRUE(line && curve);
  const double gain = 30000 / 0.06;
  for (double count = 0; count < 65536; count += 997) {
    const double bend = 2 * (count - space.count) * (count - target.count) / (gain * gain);
    EXPECT_NEAR(curve->radiance_of(count), line->radiance_of(count) + bend, 1e-13);
  }
}

TEST(TwoPointCurve, CountsComeBack) {
  for (const double u : {-2.0, 0.0, 2.0}) {
    const auto curve = two_point_curve({10000, 0.001}, {40000, 0.061}, u);
    ASSERT_TRUE(curve);
    for (double count = 5000; count < 60000; count += 997) {
      EXPECT_NEAR(curve->count_of(curve->radiance_of(count)), count, 1e-6);
    }
  }
}

TEST(TwoPointCurve, ViewsThatContradictOneAnotherGiveNone) {
  EXPECT_FALSE(two_point_curve({40000, 0.001}, {10000, 0.061}, 0));
  EXPECT_FALSE(two_point_curve({10000, 0.001}, {10000, 0.061}, 0));
  EXPECT_FALSE(two_point_curve({10000, 0.061}, {40000, 0.061}, 0));
  EXPECT_FALSE(two_point_curve({10000, 0.07}, {40000, 0.061}, 0));
  EXPECT_FALSE(two_point_curve({std::numeric_limits<double>::quiet_NaN(), 0.001}, {40000, 0.061}, 0));
}

}  // namespace
}  // namespace dl::calibrate
