#include "calibrate/thermometers.h"

#include <array>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace dl::calibrate {
namespace {

constexpr ThermometerLimits kLimits{260, 310, 3};
constexpr std::array kWeights = {2.0, 1.0, 1.0, 1.0, 0.0};
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

ThermometerMean mean(std::array<double, 5> kelvin) {
  return mean_of_thermometers(kelvin, kWeights, kLimits);
}

TEST(Thermometers, MeanByWeightAndAThermometerOfNoWeightIsNotAsked) {
  EXPECT_DOUBLE_EQ(mean({280, 281, 282, 283, 1000}).kelvin, (2 * 280 + 281 + 282 + 283) / 5.0);
  EXPECT_TRUE(mean({280, 281, 282, 283, 1000}).all_good);
}

TEST(Thermometers, OneOutsideTheGrossLimitsOrFarFromTheOthersIsLeftOut) {
  for (const double bad : {260.0, 310.0, 0.0, 290.0}) {
    EXPECT_DOUBLE_EQ(mean({280, 281, bad, 282, 0}).kelvin, (2 * 280 + 281 + 282) / 4.0) << bad;
    EXPECT_FALSE(mean({280, 281, bad, 282, 0}).all_good) << bad;
  }
}

TEST(Thermometers, OneWithoutCoefficientsIsNoFailure) {
  EXPECT_DOUBLE_EQ(mean({280, kNone, 281, 282, 0}).kelvin, (2 * 280 + 281 + 282) / 4.0);
  EXPECT_TRUE(mean({280, kNone, 281, 282, 0}).all_good);
}

TEST(Thermometers, NoneLeftIsNoTemperature) {
  EXPECT_TRUE(std::isnan(mean({0, 0, 0, 0, 280}).kelvin));
  EXPECT_FALSE(mean({0, 0, 0, 0, 280}).all_good);
}

}  // namespace
}  // namespace dl::calibrate
