#include "calibrate/reference_series.h"

#include <array>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dl::calibrate {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr std::array<double, 7> kWeights = {1, 2, 3, 4, 3, 2, 1};
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

SampleMean mean(std::array<std::uint16_t, 4> samples) {
  return mean_of_samples(samples, {1500, 28000, 250});
}

TEST(SampleMean, GrossLimitsAndTheDistanceFromTheMedianDecide) {
  EXPECT_EQ(mean({10000, 10010, 10020, 10030}).mean, 10015);
  EXPECT_TRUE(mean({10000, 10010, 10020, 10030}).all_good);
  EXPECT_EQ(mean({10000, 10010, 10020, 1500}).mean, 10010);
  EXPECT_FALSE(mean({10000, 10010, 10020, 1500}).all_good);
  EXPECT_EQ(mean({10000, 10010, 10020, 28000}).mean, 10010);
  EXPECT_EQ(mean({10000, 10010, 14000, 10020}).mean, 10010);
  EXPECT_EQ(mean({10000, 10250, 10000, 10000}).mean, 10062.5);
  EXPECT_TRUE(std::isnan(mean({0, 1, 2, 65535}).mean));
  EXPECT_FALSE(mean({0, 1, 2, 65535}).all_good);
}

TEST(SmoothSeries, AStepLooksLikeItsWeights) {
  std::vector<double> series(20, 1000);
  series[10] = 1016;
  const SmoothSeries smooth = smooth_series(series, 250, kWeights);
  EXPECT_EQ(smooth.values[6], 1000);
  EXPECT_EQ(smooth.values[7], 1001);
  EXPECT_EQ(smooth.values[8], 1002);
  EXPECT_EQ(smooth.values[10], 1004);
  EXPECT_EQ(smooth.values[13], 1001);
  EXPECT_EQ(smooth.values[14], 1000);
  for (std::size_t line = 0; line < 20; ++line) EXPECT_EQ(smooth.window_short[line], line < 3 || line > 16) << line;
}

TEST(SmoothSeries, AnOutlierLeavesNoTraceButTheFlags) {
  std::vector<double> series(20, 1000);
  series[9] = 1500;
  series[10] = 1300;
  const SmoothSeries smooth = smooth_series(series, 250, kWeights);
  EXPECT_THAT(smooth.values, Each(1000));
  for (std::size_t line = 0; line < 20; ++line) {
    EXPECT_EQ(smooth.rejected[line], line == 9 || line == 10) << line;
    EXPECT_EQ(smooth.window_short[line], line < 3 || (line >= 6 && line <= 13) || line > 16) << line;
  }
}

TEST(SmoothSeries, AGapWiderThanTheWindowIsBridged) {
  std::vector<double> series(30, kNone);
  for (std::size_t line = 0; line < 8; ++line) series[line] = 1000;
  for (std::size_t line = 22; line < 30; ++line) series[line] = 1100;
  const SmoothSeries smooth = smooth_series(series, 250, kWeights);
  // The last window that reaches line 7 is that of line 10, the first that reaches line 22 that of line 19.
  EXPECT_EQ(smooth.values[10], 1000);
  EXPECT_EQ(smooth.values[19], 1100);
  EXPECT_NEAR(smooth.values[13], 1000 + 100.0 * 3 / 9, 1e-9);
}

TEST(SmoothSeries, NothingGivesNothing) {
  const SmoothSeries smooth = smooth_series({kNone, kNone}, 250, kWeights);
  EXPECT_TRUE(std::isnan(smooth.values[0]) && std::isnan(smooth.values[1]));
  EXPECT_THAT(smooth.rejected, ElementsAre(false, false));
}

}  // namespace
}  // namespace dl::calibrate
