#include "calibrate/series.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dl::calibrate {
namespace {

using testing::ElementsAre;
constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

TEST(Series, GapsAreInterpolatedAndEndsHeld) {
  std::vector<double> series = {kGap, 2, kGap, kGap, 5, kGap};
  fill_gaps(series);
  EXPECT_THAT(series, ElementsAre(2, 2, 3, 4, 5, 5));
}

TEST(Series, NothingButGapsStaysAGap) {
  std::vector<double> series = {kGap, kGap};
  fill_gaps(series);
  EXPECT_TRUE(std::isnan(series[0]) && std::isnan(series[1]));
}

TEST(Series, MovingAverageHoldsTheFirstAndLastFullWindow) {
  EXPECT_THAT(moving_average(std::vector<double>{1, 2, 6, 4, 8}, 3), ElementsAre(3, 3, 4, 6, 6));
}

TEST(Series, ShortSeriesGetsItsOwnMean) {
  EXPECT_THAT(moving_average(std::vector<double>{1, 3}, 51), ElementsAre(2, 2));
  EXPECT_TRUE(moving_average(std::vector<double>{}, 3).empty());
}

TEST(Series, MedianLeavesGapsOut) {
  EXPECT_EQ(median(std::vector<double>{5, kGap, 1, 3}), 3);
  EXPECT_EQ(median(std::vector<double>{4, 2}), 3);
  EXPECT_TRUE(std::isnan(median(std::vector<double>{kGap})));
}

}  // namespace
}  // namespace dl::calibrate
