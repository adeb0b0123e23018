#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decoders/amsu_a/amsu_a_test_scene.h"
#include "decoders/amsu_a/coefficients.h"

namespace dl::decoders::amsu_a {
namespace {

using decoders::testing::tables_of;
using ::testing::ElementsAre;
using testing::kStart;

const calibrate::Row& row(const std::string& platform, std::string_view quantity,
                          const calibrate::RowConfig& config = {}) {
  return *tables_of(platform, "amsu-a").select({quantity, "klm-prelaunch", config}, kStart, {}).value().row;
}

TEST(AmsuATables, EveryPlatformHasAllThatAGranuleNeeds) {
  for (const std::string platform : {"metop-b", "metop-c", "noaa-15", "noaa-18", "noaa-19"}) {
    const auto checked = check_rows(tables_of(platform, "amsu-a"));
    EXPECT_TRUE(checked) << checked.error().message;
    for (const Unit& unit : kUnits) {
      EXPECT_EQ(thermometers(row(platform, kThermometerQuantity, {.detector = std::string(unit.name)}), unit)->size(),
                unit.thermometers);
    }
    for (std::size_t module = 0; module < kModuleCount; ++module) {
      for (const std::string sensor : {"primary", "backup"}) {
        EXPECT_TRUE(non_linearity(row(platform, kNonLinearityQuantity,
                                      {.detector = std::string(kModules[module].name), .parameter_set = sensor}),
                                  module));
      }
    }
    EXPECT_TRUE(radiometry(row(platform, kRadiometryQuantity)));
  }
}

// By hand from instruments.md appendix C.
TEST(AmsuATables, NumbersAreThoseOfTheAppendix) {
  const auto a1 = thermometers(row("metop-b", kThermometerQuantity, {.detector = "a1"}), kUnits[0]);
  EXPECT_THAT((*a1)[0], ElementsAre(263.45, 0.001758281, 3.776942e-09, 1.045518e-14));
  const auto a2 = thermometers(row("metop-c", kThermometerQuantity, {.detector = "a2"}), kUnits[1]);
  EXPECT_THAT((*a2)[0], ElementsAre(263.4052, 0.001742239, 3.816498e-09, 8.574249e-15));
  const auto a11 =
      non_linearity(row("metop-b", kNonLinearityQuantity, {.detector = "a1-1", .parameter_set = "primary"}), 0);
  EXPECT_EQ(a11->thermometer, 32u);
  EXPECT_THAT(a11->temperature_kelvin, ElementsAre(270.05, 291.95, 311.42));
  EXPECT_THAT(a11->bands[5].u, ElementsAre(1.892851, 2.463463, 2.382906));               // band 6
  EXPECT_THAT(a11->bands[14].warm_correction_kelvin, ElementsAre(0.714, 0.871, 0.946));  // band 15
  EXPECT_EQ(a11->bands[13].cold_correction_kelvin, 1.0);                                 // band 14
  const auto a12 =
      non_linearity(row("metop-c", kNonLinearityQuantity, {.detector = "a1-2", .parameter_set = "primary"}), 1);
  EXPECT_THAT(a12->bands[2].u, ElementsAre(-0.07591, 0.100492, 0.095683));               // band 3
  EXPECT_THAT(a12->bands[7].warm_correction_kelvin, ElementsAre(-0.041, -0.001, 0.01));  // band 8
  EXPECT_EQ(a12->bands[4].cold_correction_kelvin, 2.04);                                 // band 5
  const auto a2n =
      non_linearity(row("metop-c", kNonLinearityQuantity, {.detector = "a2", .parameter_set = "primary"}), 2);
  EXPECT_EQ(a2n->thermometer, 10u);
  EXPECT_THAT(a2n->bands[1].u, ElementsAre(2.1447, 2.1919, 2.2355));  // band 2
  EXPECT_EQ(a2n->bands[0].cold_correction_kelvin, 1.15);
  const auto all = radiometry(row("noaa-15", kRadiometryQuantity));
  EXPECT_EQ(all->wavenumber_cm1[0], 0.793883);
  EXPECT_EQ(all->wavenumber_cm1[14], 2.96872);
  EXPECT_THAT(all->targets[0].thermometers, ElementsAre(35u, 36u, 37u, 38u, 39u));
  EXPECT_THAT(all->targets[0].weights, ElementsAre(0, 1, 1, 1, 1)) << "the first of NOAA-15 has failed";
}

// What the redundant oscillator needs is kept, and no granule asks for it.
TEST(AmsuATables, RowsOfTheRedundantOscillatorHoldItsBandsOnly) {
  const calibrate::Row& second = row("metop-b", kNonLinearityQuantity, {.detector = "a1-1", .parameter_set = "pllo-2"});
  std::set<std::string> axes;
  for (const auto& [axis, values] : second.values) axes.insert(axis);
  EXPECT_THAT(axes, ElementsAre("10", "11", "12", "13", "14", "9", "sensor"));
  EXPECT_THAT(*second.find("14", "u"), ElementsAre(1.789194, 1.921265, 2.433196));
}

// instruments.md section 12 asks to say where numbers are in doubt: a temperature in two satellites to the last digit.
TEST(AmsuATables, BackupSensorsThatAreCopiesAreProvisional) {
  for (const std::string platform : {"metop-b", "metop-c"}) {
    for (const std::string module : {"a1-1", "a1-2", "a2"}) {
      EXPECT_EQ(row(platform, kNonLinearityQuantity, {.detector = module, .parameter_set = "backup"}).status,
                calibrate::RowStatus::provisional);
    }
  }
}

}  // namespace
}  // namespace dl::decoders::amsu_a
