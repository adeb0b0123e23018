#include "scene/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dl::scene {
namespace {

using calibrate::kNoData;
using testing::ElementsAre;
using testing::Pair;

TEST(BandStatistics, LeaveOutWhatIsNoData) {
  const std::vector<std::uint16_t> values = {kNoData, 10, 20, kNoData, 30, 40};
  const BandStatistics statistics = measure_band(values);
  EXPECT_EQ(statistics.pixels, 6U);
  EXPECT_EQ(statistics.valid_pixels, 4U);
  EXPECT_EQ(statistics.minimum, 10);
  EXPECT_EQ(statistics.maximum, 40);
  EXPECT_DOUBLE_EQ(statistics.mean, 25);
  EXPECT_DOUBLE_EQ(statistics.standard_deviation, std::sqrt(125.0));
  EXPECT_NEAR(statistics.valid_percent(), 66.667, 0.001);
}

TEST(BandStatistics, SayNothingOfABandWithoutValues) {
  EXPECT_EQ(measure_band({}).valid_percent(), 0);
  EXPECT_EQ(measure_band(std::vector<std::uint16_t>(5, kNoData)).valid_pixels, 0U);
}

TEST(QualityCounts, CountEachBitOfEachPixel) {
  const std::vector<std::uint8_t> quality = {
      0, calibrate::kPixelNoData, calibrate::kPixelNoData | calibrate::kPixelOutOfRange, calibrate::kPixelSaturated};
  EXPECT_THAT(count_quality_bits(quality), ElementsAre(2U, 1U, 0U, 0U, 0U, 0U, 1U));
}

TEST(QualityCounts, HaveTheNameOfEveryBit) {
  EXPECT_EQ(quality_bits()[0].name, "no_data");
  EXPECT_EQ(calibrate::kPixelOutOfRange, 1 << (kQualityBits - 1));
  EXPECT_EQ(quality_bits()[kQualityBits - 1].name, "out_of_range");
}

TEST(LineFlagCounts, NameWhatOccurs) {
  const std::vector<calibrate::Line> lines = {{UtcTime{}, calibrate::kLineMissing},
                                              {UtcTime{}, calibrate::kLineMissing | calibrate::kLineGapBefore},
                                              {UtcTime{}, 0}};
  EXPECT_THAT(count_line_flags(lines), ElementsAre(Pair("gap_before", 1U), Pair("missing", 2U)));
}

TEST(SensingTimes, GoByTheLinesThatWereReceived) {
  const auto at = [](int seconds) { return UtcTime{} + Seconds(seconds); };
  std::vector<calibrate::Line> lines = {
      {at(0), calibrate::kLineMissing}, {at(1), 0}, {at(3), 0}, {at(2), 0}, {at(9), calibrate::kLineMissing}};
  EXPECT_EQ(sensing_times(lines).start, at(1));
  EXPECT_EQ(sensing_times(lines).end, at(3));
  for (calibrate::Line& line : lines) line.flags = calibrate::kLineMissing;
  EXPECT_EQ(sensing_times(lines).start, at(0));
  EXPECT_EQ(sensing_times(lines).end, at(9));
}

}  // namespace
}  // namespace dl::scene
