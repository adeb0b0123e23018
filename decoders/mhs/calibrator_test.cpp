#include "decoders/mhs/calibrator.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decoders/mhs/mhs_test_scene.h"
#include "decoders/mhs/references.h"

namespace dl::decoders::mhs {
namespace {

using calibrate::kLineBlackBodyOutOfLimits;
using calibrate::kLineCalibrationWindowShort;
using calibrate::kLinePrtInvalid;
using calibrate::kLineSpaceViewContaminated;
using testing::at;
using testing::calibrated;
using testing::encoded_line;
using testing::encoded_lines;
using testing::flags;
using ::testing::HasSubstr;
using testing::request_of;
using testing::scene_kelvin;
using testing::value;

constexpr std::size_t kLines = 30;
constexpr std::size_t kMiddle = 15;

// The greatest difference of two granules over the lines and bands that both have.
double difference(const calibrate::CalibratedGranule& a, const calibrate::CalibratedGranule& b) {
  double greatest = 0;
  for (std::size_t band = 0; band < kBandCount; ++band) {
    for (std::size_t line = 0; line < a.line_count; ++line) {
      for (std::size_t x = 0; x < kPixels; ++x) {
        const double apart = std::abs(value(a, band, line, x) - value(b, band, line, x));
        if (apart > greatest) greatest = apart;
      }
    }
  }
  return greatest;
}

TEST(MhsCalibrator, TemperaturesOfEverySatelliteSideAndSensorComeBackWithinACount) {
  for (const std::string platform : {"metop-b", "metop-c", "noaa-19"}) {
    const auto request = request_of(platform);
    for (const bool side_b : {false, true}) {
      InstrumentState state;
      state.side_b = side_b;
      const auto granule = calibrated({kLines, encoded_line(request, 0, state)}, request);
      ASSERT_EQ(granule.bands.size(), kBandCount);
      for (std::size_t band = 0; band < kBandCount; ++band) {
        EXPECT_EQ(granule.bands[band].uncalibrated_reason, "");
        EXPECT_EQ(granule.bands[band].quantity, calibrate::Quantity::brightness_temperature);
        for (std::size_t x = 0; x < kPixels; ++x) {
          // A count is 0.01 K, and so is the step of what is stored.
          EXPECT_NEAR(value(granule, band, kMiddle, x), scene_kelvin(band, x), 0.011) << platform << " band " << band;
        }
      }
    }
  }
}

// instruments.md 8: exact for every u, through the whole calibration. What counts as much as the target has its
// temperature; u of the tables is tried at many temperatures of the instrument.
TEST(MhsCalibrator, TheTargetsCountIsTheTargetsTemperatureForEveryNonLinearity) {
  for (const std::string platform : {"metop-b", "metop-c", "noaa-19"}) {
    const auto request = request_of(platform);
    for (int thermistor = 110; thermistor < 215; thermistor += 3) {
      InstrumentState state;
      state.thermistor_count = static_cast<std::uint8_t>(thermistor);
      ScanLine line = encoded_line(request, 0, state);
      for (std::size_t band = 0; band < kBandCount; ++band) line.earth[band].fill(state.target_count[band]);
      std::vector<calibrate::Line> unused = {{testing::kStart, 0}};
      Rows rows(request);
      const References references = make_references({line}, unused, rows);
      ASSERT_EQ(references.reason, "");
      const auto granule = calibrated({line}, request);
      for (std::size_t band = 0; band < kBandCount; ++band) {
        EXPECT_NEAR(value(granule, band, 0, 45), references.target_kelvin[0], 0.0051);
        // Space is colder than anything that has a value; the radiance is exact nevertheless.
        const auto& radiometry = references.radiometry.bands[band];
        const auto curve =
            sounder_curve(radiometry.planck, state.space_count[band], state.target_count[band],
                          radiometry.space_correction_kelvin, references.target_kelvin[0], references.u[band][0]);
        ASSERT_TRUE(curve);
        const calibrate::PlanckBand plain{radiometry.planck.wavenumber_cm1};
        EXPECT_NEAR(calibrate::brightness_temperature_of(plain, curve->radiance_of(state.space_count[band])),
                    2.73 + radiometry.space_correction_kelvin, 1e-6);
      }
    }
  }
}

TEST(MhsCalibrator, EveryRowIsNamedAndTheWindowsAtTheEndsAreFlagged) {
  const auto granule = calibrated(encoded_lines(request_of("metop-b"), kLines), request_of("metop-b"));
  for (std::size_t line = 0; line < kLines; ++line) {
    EXPECT_EQ(flags(granule, line), line < 3 || line + 3 >= kLines ? kLineCalibrationWindowShort : 0u) << line;
  }
  std::vector<std::string> rows;
  for (const auto& row : granule.provenance.rows) rows.push_back(row.id);
  EXPECT_THAT(rows, ::testing::UnorderedElementsAre(
                        "metop-b/mhs/radiometry/1", "metop-b/mhs/bridge/a", "metop-b/mhs/thermometers/a-1",
                        "metop-b/mhs/thermometers/a-2", "metop-b/mhs/thermometers/a-3", "metop-b/mhs/thermometers/a-4",
                        "metop-b/mhs/thermometers/a-5", "metop-b/mhs/nonlinearity/primary"));
  EXPECT_EQ(granule.level, "L1A");
  EXPECT_FALSE(granule.ungeolocated_reason.empty());
}

TEST(MhsCalibrator, TheMoonInTheSpaceViewLeavesNoTraceInTheTemperatures) {
  const auto request = request_of("metop-b");
  auto lines = encoded_lines(request, kLines);
  const auto clean = calibrated(lines, request);
  for (std::size_t line = 12; line < 16; ++line) {
    // It wanders through the four samples; on one line it is in all of them.
    for (std::size_t sample = 0; sample < (line == 14 ? 4 : 2); ++sample) {
      for (auto& band : lines[line].space) band[sample] = static_cast<std::uint16_t>(band[sample] + 2500);
    }
  }
  const auto granule = calibrated(lines, request);
  EXPECT_EQ(difference(granule, clean), 0);
  for (std::size_t line = 0; line < kLines; ++line) {
    EXPECT_EQ((flags(granule, line) & kLineSpaceViewContaminated) != 0, line >= 12 && line < 16) << line;
  }
  EXPECT_NE(flags(granule, 11) & kLineCalibrationWindowShort, 0u);
}

TEST(MhsCalibrator, AThermometerThatFailsIsLeftOutAndAllOfThemAreBridged) {
  const auto request = request_of("metop-b");
  auto lines = encoded_lines(request, kLines);
  const auto clean = calibrated(lines, request);
  lines[10].prt[2] = 0;
  lines[11].prt[0] = static_cast<std::uint16_t>(lines[11].prt[0] + 3000);  // 8 K warmer than the others
  lines[12].prt.fill(65535);
  lines[13].resistors.fill(0);  // the bridge is dead
  const auto granule = calibrated(lines, request);
  for (std::size_t line = 0; line < kLines; ++line) {
    EXPECT_EQ((flags(granule, line) & kLinePrtInvalid) != 0, line >= 10 && line <= 13) << line;
  }
  // The thermometers differ by some hundredths of a kelvin, and their mean with them.
  EXPECT_LT(difference(granule, clean), 0.1);
}

TEST(MhsCalibrator, WithoutAnyThermometerTheCountsStay) {
  const auto request = request_of("metop-b");
  auto lines = encoded_lines(request, kLines);
  for (ScanLine& line : lines) line.prt.fill(0);
  const auto granule = calibrated(lines, request);
  for (std::size_t band = 0; band < kBandCount; ++band) {
    EXPECT_EQ(granule.bands[band].quantity, calibrate::Quantity::counts);
    EXPECT_THAT(granule.bands[band].uncalibrated_reason, HasSubstr("no thermometer of the target"));
    EXPECT_EQ(value(granule, band, 4, 7), lines[4].earth[band][7]);
  }
  EXPECT_NE(flags(granule, 4) & calibrate::kLineUncalibrated, 0u);
  EXPECT_EQ(granule.level, "L1A");
}

TEST(MhsCalibrator, ALineOfNoiseHasNoPartInItsNeighbours) {
  const auto request = request_of("metop-b");
  auto lines = encoded_lines(request, kLines);
  const auto clean = calibrated(lines, request);
  for (auto& band : lines[kMiddle].target) band = {20000, 64881, 0, 65535};
  for (auto& band : lines[kMiddle].space) band = {1500, 28000, 0, 65535};
  const auto granule = calibrated(lines, request);
  EXPECT_EQ(difference(granule, clean), 0);
  EXPECT_NE(flags(granule, kMiddle) & kLineBlackBodyOutOfLimits, 0u);
  EXPECT_NE(flags(granule, kMiddle) & kLineSpaceViewContaminated, 0u);
  EXPECT_EQ(flags(granule, kMiddle + 4), 0u);
}

TEST(MhsCalibrator, ADriftOfTheGainIsFollowed) {
  const auto request = request_of("metop-b");
  std::vector<ScanLine> lines;
  for (std::size_t line = 0; line < kLines; ++line) {
    InstrumentState state;
    for (auto& count : state.target_count) count = static_cast<std::uint16_t>(count + 8 * line);
    for (auto& count : state.space_count) count = static_cast<std::uint16_t>(count + 2 * line);
    lines.push_back(encoded_line(request, line, state));
  }
  const auto granule = calibrated(lines, request);
  for (std::size_t band = 0; band < kBandCount; ++band) {
    for (std::size_t x = 0; x < kPixels; ++x) {
      // A window of symmetric weights gives a straight drift back.
      EXPECT_NEAR(value(granule, band, kMiddle, x), scene_kelvin(band, x), 0.011);
    }
  }
}

TEST(MhsCalibrator, AChangeOfModeAndOfTheElectronicsSide) {
  const auto request = request_of("metop-b");
  auto lines = encoded_lines(request, kLines);
  for (std::size_t line = 8; line < 12; ++line) lines[line].mode = 4;
  InstrumentState state;
  state.side_b = true;
  for (std::size_t line = 20; line < kLines; ++line) lines[line] = encoded_line(request, line, state);
  const auto granule = calibrated(lines, request);
  for (std::size_t line = 0; line < kLines; ++line) {
    const bool scanning = line < 8 || line >= 12;
    EXPECT_EQ(std::isnan(value(granule, 0, line, 3)), !scanning) << line;
    EXPECT_EQ((flags(granule, line) & calibrate::kLineUncalibrated) != 0, !scanning) << line;
    if (!scanning) continue;
    EXPECT_NEAR(value(granule, 0, line, 3), scene_kelvin(0, 3), 0.011) << line;
  }
  EXPECT_THAT(granule.provenance.remarks, ::testing::Contains(HasSubstr("4 line(s) have no values")));
  std::vector<std::string> rows;
  for (const auto& row : granule.provenance.rows) rows.push_back(row.id);
  EXPECT_THAT(rows, ::testing::IsSupersetOf({"metop-b/mhs/bridge/a", "metop-b/mhs/bridge/b"}));
}

TEST(MhsCalibrator, WhereThePrimarySensorFailsTheBackupIsUsedWithItsOwnNonLinearity) {
  const auto request = request_of("metop-b");
  InstrumentState state;
  ScanLine line = encoded_line(request, 0, state);
  line.thermistors[0] = 255;  // 236 K
  const auto granule = calibrated({kLines, line}, request);
  std::vector<std::string> rows;
  for (const auto& row : granule.provenance.rows) rows.push_back(row.id);
  EXPECT_THAT(rows, ::testing::Contains("metop-b/mhs/nonlinearity/backup"));
  EXPECT_NE(flags(granule, kMiddle) & kLinePrtInvalid, 0u);
  EXPECT_NEAR(value(granule, 0, kMiddle, 40), scene_kelvin(0, 40), 0.1);
}

TEST(MhsCalibrator, SaturatedAndImpossibleCountsAreFlaggedAndHaveNoValue) {
  const auto request = request_of("metop-b");
  auto lines = encoded_lines(request, kLines);
  lines[4].earth[2][10] = 65535;
  lines[4].earth[2][11] = 0;
  const auto granule = calibrated(lines, request);
  const auto& quality = granule.quality[2];
  EXPECT_EQ(quality[4 * kPixels + 10],
            calibrate::kPixelSaturated | calibrate::kPixelOutOfRange | calibrate::kPixelNoData);
  EXPECT_EQ(quality[4 * kPixels + 11], calibrate::kPixelSaturated | calibrate::kPixelBelowSpace |
                                           calibrate::kPixelOutOfRange | calibrate::kPixelNoData);
  EXPECT_EQ(quality[4 * kPixels + 12], 0);
}

}  // namespace
}  // namespace dl::decoders::mhs
