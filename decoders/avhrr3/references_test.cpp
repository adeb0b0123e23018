#include "decoders/avhrr3/references.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calibrate/calibrated_granule.h"
#include "decoders/avhrr3/avhrr3_test_scene.h"

namespace dl::decoders::avhrr3 {
namespace {

using testing::at;
using testing::tables_of;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

const calibrate::Row& row_of(const std::string& platform, std::string_view quantity, std::string_view profile) {
  return *tables_of(platform).select({quantity, profile, {}}, at("2026-12-01T00:00:00Z"), {}).value().row;
}

std::vector<std::array<PrtPolynomial, kPrtCount>> polynomials(const std::string& platform, std::string_view profile,
                                                              std::size_t lines) {
  return {lines, prt_polynomials(row_of(platform, kPrtQuantity, profile)).value()};
}

LineReference reference(double prt, std::array<double, 3> space, std::array<double, 3> black_body) {
  return {prt, {40, 40, space[0], space[1], space[2]}, {40, 40, black_body[0], black_body[1], black_body[2]}};
}

// Inputs and results of pygac's tests/test_calibrate_klm.py (test_calibration_ir), which Debian's pygac 1.7.1
// reproduces (instruments.md section 8). Lines without a result are masked there.
TEST(References, BrightnessTemperaturesOfPygacAreMetToAHundredthOfAKelvin) {
  const std::vector<LineReference> lines = {
      reference(0, {987.3, 992.5, 989.4}, {745.3, 397.9, 377.8}),
      reference(230, {986.9, 992.8, 989.6}, {744.8, 398.1, 378.4}),
      reference(230, {986.3, 992.3, 988.9}, {745.7, 398.0, 378.3}),
  };
  std::vector<std::uint32_t> flags(3);
  const References references =
      References::smooth(lines, {true, true, true}, polynomials("noaa-19", "patmosx-v2023", 3), flags);
  ASSERT_EQ(references.reason(), "");

  struct Channel {
    std::string_view band;
    std::size_t slot;
    double counts[3][3];
    double kelvin[3][3];
  };
  const Channel channels[] = {
      {"3B",
       2,
       {{612, 487, 687}, {634, 461, 670}, {656, 490, 475}},
       {{298.36742, 305.248478, 293.238328},
        {296.960275, 306.493766, 294.488956},
        {295.476935, 305.101309, 305.829827}}},
      {"4",
       3,
       {{0, 512, 923}, {41, 150, 700}, {241, 350, 600}},
       {{326.576534, 275.348988, 197.688755}, {323.013104, 313.207077, 249.36352}, {304.58091, 293.579308, 264.0631}}},
      {"5",
       4,
       {{0, 512, 923}, {41, 150, 700}, {241, 350, 600}},
       {{326.96161, 272.090164, 188.267991},
        {323.156317, 312.673269, 244.184452},
        {303.439383, 291.649444, 259.973091}}},
  };
  const calibrate::Row& row = row_of("noaa-19", kThermalQuantity, "patmosx-v2023");
  for (const Channel& channel : channels) {
    const ThermalCoefficients coefficients = thermal_coefficients(row, channel.band).value();
    for (std::size_t line = 0; line < 3; ++line) {
      const ThermalCurve curve(coefficients, references.at(line, channel.slot).value());
      for (std::size_t x = 0; x < 3; ++x) {
        // Our table has nine digits of pygac's band correction, which leaves less than 1e-6 K.
        EXPECT_NEAR(curve.temperature_of(channel.counts[line][x]), channel.kelvin[line][x], 1e-5)
            << channel.band << ' ' << line << ' ' << x;
      }
    }
  }
}

TEST(References, BlackBodyOfMetopBClosesOnItself) {
  // PRT count 200, space 992, black body 489 and 432: the published bytes of Metop-B (instruments.md 5.1).
  std::vector<LineReference> lines;
  for (int i = 0; i < 60; ++i) lines.push_back(reference(i % 5 == 0 ? 0 : 200, {992, 992, 992}, {745, 489, 432}));
  std::vector<std::uint32_t> flags(60);
  const References references =
      References::smooth(lines, std::vector<bool>(60, false), polynomials("metop-b", "noaa-ospo", 60), flags);
  const calibrate::Row& row = row_of("metop-b", kThermalQuantity, "noaa-ospo");
  const auto temperature = [&](std::string_view band, std::size_t slot, double count) {
    return ThermalCurve(*thermal_coefficients(row, band), *references.at(30, slot)).temperature_of(count);
  };
  EXPECT_NEAR(references.at(30, 3)->black_body_kelvin, 286.83, 0.02);
  EXPECT_NEAR(temperature("4", 3, 489), 286.85, 0.02);
  EXPECT_NEAR(temperature("5", 4, 432), 286.84, 0.02);
  EXPECT_FALSE(references.at(30, 2)) << "3B was not active";
}

TEST(References, ThermalCurveInverseGivesTheCountBack) {
  const calibrate::Row& row = row_of("metop-b", kThermalQuantity, "noaa-ospo");
  for (const std::string_view band : {"3B", "4", "5"}) {
    const ThermalCurve curve(*thermal_coefficients(row, band), {286.8, 990, 450});
    for (double count = 50; count < 960; count += 10) {
      EXPECT_NEAR(curve.count_of(curve.temperature_of(count)), count, 1e-6) << band;
    }
  }
}

TEST(PrtPhase, IsWhereMostResetsAre) {
  EXPECT_EQ(prt_phase({200, 200, 0, 200, 200, 200, 200, 0}), 2u);
  EXPECT_EQ(prt_phase({200, 0, 0, 200, 200, 200, kNone, 0}), 2u) << "one line of noise is outvoted";
  EXPECT_EQ(prt_phase({200, 200, kNone}), std::nullopt);
}

TEST(References, ReadingThatContradictsTheCycleIsFlaggedAndBridged) {
  std::vector<LineReference> lines;
  for (int i = 0; i < 60; ++i) lines.push_back(reference(i % 5 == 0 ? 0 : 200, {992, 992, 992}, {745, 489, 432}));
  lines[10].prt_count = 200;       // should be the reset
  lines[21].prt_count = 0;         // should be a thermometer
  lines[32].prt_count = 900;       // 322 K
  lines[40].space_count[3] = 950;  // the Moon
  lines[41].black_body_count[4] = 600;
  std::vector<std::uint32_t> flags(60);
  const References references =
      References::smooth(lines, std::vector<bool>(60, false), polynomials("metop-b", "noaa-ospo", 60), flags);
  for (std::size_t i = 0; i < 60; ++i) {
    EXPECT_EQ((flags[i] & calibrate::kLinePrtInvalid) != 0, i == 10 || i == 21 || i == 32) << i;
    EXPECT_EQ((flags[i] & calibrate::kLineSpaceViewContaminated) != 0, i == 40) << i;
    EXPECT_EQ((flags[i] & calibrate::kLineBlackBodyOutOfLimits) != 0, i == 41) << i;
    EXPECT_NEAR(references.at(i, 3)->black_body_kelvin, 286.83, 0.02) << i;
    EXPECT_DOUBLE_EQ(references.at(i, 3)->space_count, 992) << i;
    EXPECT_DOUBLE_EQ(references.at(i, 4)->black_body_count, 432) << i;
  }
}

TEST(References, WithoutAResetThereIsAReasonAndNoTemperature) {
  std::vector<LineReference> lines(4, reference(200, {992, 992, 992}, {745, 489, 432}));
  std::vector<std::uint32_t> flags(4);
  const References references =
      References::smooth(lines, std::vector<bool>(4, false), polynomials("metop-b", "noaa-ospo", 4), flags);
  EXPECT_THAT(references.reason(), ::testing::HasSubstr("reset"));
}

}  // namespace
}  // namespace dl::decoders::avhrr3
