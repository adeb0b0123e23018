#include "decoders/avhrr3/temperature_steps.h"

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "calibrate/calibrated_granule.h"
#include "decoders/avhrr3/avhrr3_test_scene.h"
#include "decoders/avhrr3/band_writer.h"
#include "decoders/avhrr3/bands.h"
#include "decoders/avhrr3/calibrator.h"

namespace dl::decoders::avhrr3 {
namespace {

using namespace testing;  // the scene of this folder's tests, not of gtest

std::vector<calibrate::PlanckBand> shipped_bands() {
  std::vector<calibrate::PlanckBand> bands;
  for (const char* const platform : {"metop-a", "metop-b", "metop-c", "noaa-15", "noaa-16", "noaa-19"}) {
    for (const calibrate::Table& table : tables_of(platform).tables()) {
      if (table.quantity != kThermalQuantity) continue;
      for (const calibrate::Row& row : table.rows) {
        for (const BandInfo& band : kBands) {
          if (band.thermal) bands.push_back(thermal_coefficients(row, band.name).value().planck);
        }
      }
    }
  }
  return bands;
}

TEST(TemperatureSteps, GiveTheSameAsTheExactWayForEveryShippedBand) {
  std::mt19937_64 random(3);
  const auto bands = shipped_bands();
  ASSERT_GE(bands.size(), 18u);
  for (const calibrate::PlanckBand& band : bands) {
    const TemperatureSteps steps(band);
    std::uniform_real_distribution<double> kelvin(160, 360);
    for (int i = 0; i < 20000; ++i) {
      const double radiance = calibrate::radiance_of(band, kelvin(random));
      ASSERT_EQ(steps.at(radiance), stored_temperature(band, radiance)) << band.wavenumber_cm1 << " " << radiance;
    }
  }
}

TEST(TemperatureSteps, GiveTheSameAsTheExactWayWhereRoundingTurns) {
  const calibrate::PlanckBand band = shipped_bands().front();
  const TemperatureSteps steps(band);
  for (double kelvin = 169.995; kelvin < 350.1; kelvin += 0.01) {
    double radiance = calibrate::radiance_of(band, kelvin);
    for (int i = 0; i < 4; ++i) radiance = std::nextafter(radiance, 0);
    for (int i = 0; i < 8; ++i) {
      ASSERT_EQ(steps.at(radiance), stored_temperature(band, radiance)) << kelvin;
      radiance = std::nextafter(radiance, 1e9);
    }
  }
}

TEST(TemperatureSteps, HaveNoValueForRadianceThatIsNone) {
  const TemperatureSteps steps(shipped_bands().front());
  for (const double radiance : {0.0, -0.0, -1.0, 1e300, -1e300, std::nan("")}) {
    EXPECT_EQ(steps.at(radiance), calibrate::kNoData) << radiance;
  }
}

TEST(TemperatureSteps, CoefficientsThatMakeNoSenseAreNoDanger) {
  for (const calibrate::PlanckBand& band :
       {calibrate::PlanckBand{0, 0, 1}, {1e9, 0, 1}, {927, 0, 0}, {927, 1e300, 1}, {-927, 0, 1}, {1, 0, 1}}) {
    const TemperatureSteps steps(band);
    for (const double radiance : {1e-30, 0.01, 1.0, 100.0, 1e30}) {
      EXPECT_EQ(steps.at(radiance), stored_temperature(band, radiance)) << band.wavenumber_cm1;
    }
  }
}

// Division, scale and rounding one by one, as the product's documentation has them.
TEST(BandWriter, ReflectanceIsTheSameAsTheExactWayGives) {
  std::mt19937_64 random(5);
  std::uniform_real_distribution<double> share(-0.2, 1.8);
  std::uniform_real_distribution<double> height(-0.1, 1);
  ScaledRadiance scaled{};
  for (double& value : scaled) value = share(random);
  scaled[0] = 0.00005;  // half a step for a Sun that is overhead
  const SolarScale scale = solar_scale(scaled);
  for (int line = 0; line < 50; ++line) {
    SunLine sun;
    for (double& cosine : sun.cosine) cosine = line == 0 ? 1 : height(random);
    find_inverse(sun);
    std::vector<std::uint16_t> counts(kPixels);
    for (std::uint16_t& count : counts) count = static_cast<std::uint16_t>(random() % kCounts);
    counts[7] = 0;
    BandWriter writer(kBands[0], 1);
    writer.write(0, counts, scale, sun);
    calibrate::CalibratedGranule granule;
    std::move(writer).finish(granule);
    for (std::size_t x = 0; x < kPixels; ++x) {
      const double reflectance = scaled[counts[x]] / sun.cosine[x];
      const double steps = (reflectance - kReflectanceOffset) / kReflectanceScale;
      const bool day = sun.cosine[x] >= std::cos(kMaxSunZenith_deg * std::numbers::pi / 180);
      const bool stored = day && steps >= 0 && steps < 65534.5;
      const auto expected = stored ? static_cast<std::uint16_t>(std::lround(steps)) : calibrate::kNoData;
      ASSERT_EQ(granule.bands[0].values[x], expected) << reflectance;
      unsigned quality = stored ? 0 : calibrate::kPixelNoData;
      if (day && (!stored || reflectance > kMaxReflectance)) quality |= calibrate::kPixelOutOfRange;
      if (counts[x] == kMaxCount) quality |= calibrate::kPixelSaturated;
      ASSERT_EQ(granule.quality[0][x], quality) << reflectance;
    }
  }
}

}  // namespace
}  // namespace dl::decoders::avhrr3
