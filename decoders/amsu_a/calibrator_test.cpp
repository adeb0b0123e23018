#include "decoders/amsu_a/calibrator.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decoders/amsu_a/amsu_a_test_scene.h"
#include "decoders/amsu_a/references.h"

namespace dl::decoders::amsu_a {
namespace {

using testing::calibrated;
using ::testing::Contains;
using testing::encoded_line;
using testing::flags;
using ::testing::HasSubstr;
using testing::request_of;
using testing::scene_kelvin;
using testing::value;

constexpr std::size_t kLines = 22;
constexpr std::size_t kMiddle = 11;
// Counts are even, and 22 of them are a kelvin; temperatures are stored in steps of 0.01 K.
constexpr double kHalfStep_kelvin = 0.055;

std::vector<UnitLine> lines_of(const std::string& platform) {
  return std::vector<UnitLine>(kLines, encoded_line(request_of(platform), 0));
}

double difference(const calibrate::CalibratedGranule& a, const calibrate::CalibratedGranule& b) {
  double greatest = 0;
  for (std::size_t band = 0; band < a.bands.size(); ++band) {
    for (std::size_t line = 0; line < a.line_count; ++line) {
      for (std::size_t x = 0; x < kPixels; ++x) {
        const double apart = std::abs(value(a, band, line, x) - value(b, band, line, x));
        if (apart > greatest) greatest = apart;
      }
    }
  }
  return greatest;
}

TEST(AmsuACalibrator, TemperaturesOfEverySatelliteComeBackWithinACount) {
  for (const std::string platform : {"metop-b", "metop-c", "noaa-15", "noaa-18", "noaa-19"}) {
    const auto granule = calibrated(lines_of(platform), request_of(platform));
    ASSERT_EQ(granule.bands.size(), kBandCount);
    for (std::size_t band = 0; band < kBandCount; ++band) {
      EXPECT_EQ(granule.bands[band].name, std::to_string(band + 1));
      EXPECT_EQ(granule.bands[band].uncalibrated_reason, "");
      for (std::size_t x = 0; x < kPixels; ++x) {
        EXPECT_NEAR(value(granule, band, kMiddle, x), scene_kelvin(band, x), kHalfStep_kelvin)
            << platform << " band " << band + 1;
      }
    }
  }
}

// instruments.md 8: exact for every u, through the whole calibration.
TEST(AmsuACalibrator, TheReferencesAreMetForEveryNonLinearity) {
  for (const std::string platform : {"metop-b", "metop-c", "noaa-15", "noaa-18", "noaa-19"}) {
    const auto request = request_of(platform);
    for (std::uint16_t sensor = 12000; sensor < 50000; sensor = static_cast<std::uint16_t>(sensor + 2000)) {
      InstrumentState state;
      state.sensor_count = sensor;
      UnitLine line = encoded_line(request, 0, state);
      for (auto& unit : line) {
        for (auto& band : unit->earth) band.fill(state.target_count);
      }
      std::vector<calibrate::Line> unused = {{testing::kStart, 0}};
      Rows rows(request);
      const References references = make_references({line}, unused, rows);
      const auto granule = calibrated({line}, request);
      for (std::size_t band = 0; band < kBandCount; ++band) {
        const BandReferences& at = references.bands[band];
        ASSERT_EQ(at.reason, "");
        EXPECT_NEAR(value(granule, band, 0, 15), at.target_kelvin[0], 0.0051);
        const calibrate::PlanckBand planck{references.radiometry.wavenumber_cm1[band]};
        const auto curve = sounder_curve(planck, state.space_count, state.target_count, at.space_correction_kelvin[0],
                                         at.target_kelvin[0], at.u[0]);
        ASSERT_TRUE(curve);
        EXPECT_NEAR(calibrate::brightness_temperature_of(planck, curve->radiance_of(state.space_count)),
                    2.73 + at.space_correction_kelvin[0], 1e-6);
      }
    }
  }
}

TEST(AmsuACalibrator, TheTwoLooksAreAveragedExactly) {
  const auto request = request_of("metop-b");
  auto lines = lines_of("metop-b");
  for (UnitLine& line : lines) {
    for (auto& unit : line) {
      for (auto& looks : unit->space) looks[1] = static_cast<std::uint16_t>(looks[1] + 1);
      for (auto& looks : unit->target) looks[1] = static_cast<std::uint16_t>(looks[1] + 1);
    }
  }
  std::vector<calibrate::Line> granule_lines(kLines, {testing::kStart, 0});
  Rows rows(request);
  const References references = make_references(lines, granule_lines, rows);
  const InstrumentState state;
  for (const BandReferences& band : references.bands) {
    EXPECT_EQ(band.views.space.values[kMiddle], state.space_count + 0.5);
    EXPECT_EQ(band.views.target.values[kMiddle], state.target_count + 0.5);
  }
}

TEST(AmsuACalibrator, TheUnitsHaveTheirOwnBandsAndOneMayBeSilent) {
  const auto request = request_of("metop-b");
  auto lines = lines_of("metop-b");
  const auto whole = calibrated(lines, request);
  EXPECT_THAT(whole.quicklook_bands, ::testing::ElementsAre("1", "2", "15"));
  for (UnitLine& line : lines) line[1].reset();
  const auto a1 = calibrated(lines, request);
  ASSERT_EQ(a1.bands.size(), 13u);
  EXPECT_EQ(a1.bands[0].name, "3");
  EXPECT_THAT(a1.quicklook_bands, ::testing::ElementsAre("15"));
  EXPECT_THAT(a1.provenance.remarks, Contains("Unit A2 sent nothing."));
  EXPECT_EQ(a1.bands[4].values, whole.bands[6].values);
  lines = lines_of("metop-b");
  for (UnitLine& line : lines) line[0].reset();
  const auto a2 = calibrated(lines, request);
  ASSERT_EQ(a2.bands.size(), 2u);
  EXPECT_EQ(a2.bands[1].values, whole.bands[1].values);
  // A single line of one unit: no data there, and nothing else changes.
  lines = lines_of("metop-b");
  lines[5][1].reset();
  const auto one = calibrated(lines, request);
  EXPECT_TRUE(std::isnan(value(one, 0, 5, 3)));
  EXPECT_EQ(value(one, 4, 5, 3), value(whole, 4, 5, 3));
  EXPECT_EQ(difference(one, whole), 0);
}

// A1-1 and A1-2 have targets of their own: a failure of one leaves the other's bands alone.
TEST(AmsuACalibrator, EachModuleHasItsOwnTarget) {
  const auto request = request_of("metop-b");
  const auto clean = calibrated(lines_of("metop-b"), request);
  auto lines = lines_of("metop-b");
  for (UnitLine& line : lines) {
    for (std::size_t i = 35; i < 40; ++i) line[0]->thermometers[i] = 30000;  // wrong, and believable
  }
  const auto granule = calibrated(lines, request);
  for (std::size_t band = 0; band < kBandCount; ++band) {
    const bool of_a11 = kModuleOfBand[band] == 0;
    EXPECT_EQ(std::abs(value(granule, band, kMiddle, 20) - value(clean, band, kMiddle, 20)) > 1, of_a11) << band + 1;
  }
}

TEST(AmsuACalibrator, TheMoonAndABadLookLeaveNoTraceInTheTemperatures) {
  const auto request = request_of("metop-b");
  const auto clean = calibrated(lines_of("metop-b"), request);
  auto lines = lines_of("metop-b");
  for (auto& looks : lines[8][0]->space) looks = {12700, 12700};  // 13 K too many, in both looks
  lines[9][0]->space[3] = {12400, 12700};                         // in one
  lines[10][1]->target[0] = {0, 18800};
  const auto granule = calibrated(lines, request);
  EXPECT_EQ(difference(granule, clean), 0);
  for (std::size_t line = 0; line < kLines; ++line) {
    EXPECT_EQ((flags(granule, line) & calibrate::kLineSpaceViewContaminated) != 0, line == 8 || line == 9) << line;
    EXPECT_EQ((flags(granule, line) & calibrate::kLineBlackBodyOutOfLimits) != 0, line == 10) << line;
  }
}

TEST(AmsuACalibrator, AThermometerThatFailsIsLeftOutAndAllOfThemAreBridged) {
  const auto request = request_of("metop-b");
  const auto clean = calibrated(lines_of("metop-b"), request);
  auto lines = lines_of("metop-b");
  lines[6][0]->thermometers[36] = 65534;
  for (std::size_t i = 12; i < 19; ++i) lines[7][1]->thermometers[i] = 65534;
  lines[8][0]->thermometers[32] = 0xFFFE;  // the sensor of the instrument: the backup is asked
  const auto granule = calibrated(lines, request);
  for (std::size_t line = 0; line < kLines; ++line) {
    EXPECT_EQ((flags(granule, line) & calibrate::kLinePrtInvalid) != 0, line >= 6 && line <= 8) << line;
  }
  EXPECT_LT(difference(granule, clean), 0.3);
  EXPECT_THAT(granule.provenance.flags, Contains("cal_provisional"));
}

TEST(AmsuACalibrator, ViewsThatContradictOneAnotherLeaveCounts) {
  const auto request = request_of("metop-b");
  auto lines = lines_of("metop-b");
  for (UnitLine& line : lines) line[1]->space[0] = {0, 0};
  const auto granule = calibrated(lines, request);
  EXPECT_EQ(granule.bands[0].quantity, calibrate::Quantity::counts);
  EXPECT_THAT(granule.bands[0].uncalibrated_reason, HasSubstr("no line has usable views"));
  EXPECT_EQ(granule.bands[1].quantity, calibrate::Quantity::brightness_temperature);
}

}  // namespace
}  // namespace dl::decoders::amsu_a
