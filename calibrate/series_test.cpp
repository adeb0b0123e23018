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

TEST(Series, WeightedAverageLeavesGapsAndEndsOut) {
  const std::vector<double> weights = {1, 2, 1};
  EXPECT_THAT(weighted_average(std::vector<double>{1, 2, 7, 4}, weights), ElementsAre(4.0 / 3, 3, 5, 5));
  const std::vector<double> smooth = weighted_average(std::vector<double>{1, kGap, 7, kGap, kGap, kGap, 2}, weights);
  EXPECT_DOUBLE_EQ(smooth[1], 4);
  EXPECT_DOUBLE_EQ(smooth[2], 7);
  EXPECT_DOUBLE_EQ(smooth[3], 7);
  EXPECT_TRUE(std::isnan(smooth[4]));
  EXPECT_DOUBLE_EQ(smooth[6], 2);
}

TEST(Series, AWindowIsFullWhenNothingOfItIsMissing) {
  const std::vector<double> series = {1, 2, 3, 4, kGap, 6, 7};
  EXPECT_FALSE(window_is_full(series, 3, 0));
  EXPECT_TRUE(window_is_full(series, 3, 1));
  EXPECT_TRUE(window_is_full(series, 3, 2));
  EXPECT_FALSE(window_is_full(series, 3, 3));
  EXPECT_FALSE(window_is_full(series, 3, 6));
  EXPECT_TRUE(window_is_full(series, 1, 6));
}

TEST(Series, OutliersAreTakenOutByTheirDistanceFromTheMedian) {
  std::vector<double> series = {10, 11, 500, 9, kGap, 10, -300};
  EXPECT_THAT(reject_outliers(series, 5), ElementsAre(2, 6));
  EXPECT_TRUE(std::isnan(series[2]) && std::isnan(series[6]));
  EXPECT_THAT(reject_outliers(series, 1), ElementsAre());
}

}  // namespace
}  // namespace dl::calibrate
