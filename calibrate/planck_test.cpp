#include "calibrate/planck.h"

#include <cmath>

#include <gtest/gtest.h>

namespace dl::calibrate {
namespace {

// MetOp-B channel 4, instruments.md appendix A.2.
constexpr PlanckBand kChannel4{933.63, 0.504183, 0.998638};

TEST(Planck, RadianceOfAMonochromaticBandIsTheTextbookValue) {
  // c1 nu^3 / (exp(c2 nu / T) - 1) at 1000 cm-1 and 300 K, worked out by hand: 11910.427 / (e^4.795917333 - 1).
  EXPECT_NEAR(radiance_of({1000.0, 0.0, 1.0}, 300.0), 11910.427 / (std::exp(4.795917333333333) - 1.0), 1e-9);
}

TEST(Planck, TemperatureUndoesRadianceOverTheWholeRange) {
  for (double kelvin = 170; kelvin <= 350; kelvin += 5) {
    EXPECT_NEAR(brightness_temperature_of(kChannel4, radiance_of(kChannel4, kelvin)), kelvin, 1e-9);
  }
}

TEST(Planck, NoRadianceHasNoTemperature) {
  EXPECT_TRUE(std::isnan(brightness_temperature_of(kChannel4, 0.0)));
  EXPECT_TRUE(std::isnan(brightness_temperature_of(kChannel4, -1.0)));
}

}  // namespace
}  // namespace dl::calibrate
