#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decoders/mhs/coefficients.h"
#include "decoders/mhs/mhs_test_scene.h"

namespace dl::decoders::mhs {
namespace {

using decoders::testing::tables_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kStart;

const calibrate::Row& row(const std::string& platform, std::string_view quantity,
                          const calibrate::RowConfig& config = {}) {
  return *tables_of(platform, "mhs").select({quantity, "klm-prelaunch", config}, kStart, {}).value().row;
}

TEST(MhsTables, EveryPlatformHasAllThatAGranuleNeeds) {
  for (const std::string platform : {"metop-b", "metop-c", "noaa-19"}) {
    const auto checked = check_rows(tables_of(platform, "mhs"));
    EXPECT_TRUE(checked) << checked.error().message;
    for (const std::string side : {"A", "B"}) {
      EXPECT_TRUE(bridge_resistors_ohm(row(platform, kBridgeQuantity, {.side = side})));
      EXPECT_TRUE(thermometer(row(platform, kThermometerQuantity, {.side = side, .detector = "prt-1"})));
    }
    for (const std::string sensor : {"primary", "backup"}) {
      EXPECT_TRUE(non_linearity(row(platform, kNonLinearityQuantity, {.parameter_set = sensor})));
    }
    EXPECT_TRUE(radiometry(row(platform, kRadiometryQuantity)));
  }
}

// By hand from instruments.md appendix C.
TEST(MhsTables, NumbersAreThoseOfTheAppendix) {
  const auto prt = thermometer(row("metop-c", kThermometerQuantity, {.side = "B", .detector = "prt-3"}));
  EXPECT_THAT(prt->polynomial, ElementsAre(29.74953, 2.2857968, 0.0017150262, -2.3322579e-06));
  EXPECT_EQ(thermometer(row("metop-b", kThermometerQuantity, {.side = "A", .detector = "prt-1"}))->weight, 2);
  EXPECT_THAT(*bridge_resistors_ohm(row("metop-b", kBridgeQuantity, {.side = "A"})),
              ElementsAre(117.97, 95.279, 80.594));
  const auto primary = non_linearity(row("metop-b", kNonLinearityQuantity, {.parameter_set = "primary"}));
  EXPECT_EQ(primary->thermistor, 0u);
  EXPECT_THAT(primary->temperature_kelvin, ElementsAre(277.98, 289.7, 301.59));
  EXPECT_THAT(primary->u[2], ElementsAre(-0.0294855, -0.0396349, -0.0142998));
  const auto backup = non_linearity(row("noaa-19", kNonLinearityQuantity, {.parameter_set = "backup"}));
  EXPECT_EQ(backup->thermistor, 3u);
  EXPECT_THAT(backup->u[4], ElementsAre(0.0243133, 0.03033467, 0.0370777));
  const auto all = radiometry(row("metop-c", kRadiometryQuantity));
  EXPECT_EQ(all->bands[0].space_correction_kelvin, 2.38);
  EXPECT_EQ(all->bands[4].space_correction_kelvin, 0.83);
  EXPECT_EQ(all->bands[3].planck.wavenumber_cm1, 6.114597);
  EXPECT_EQ(all->bands[3].planck.a_kelvin, -0.0031);
  EXPECT_EQ(all->bands[3].planck.b, 1.00027);
  EXPECT_EQ(all->bands[2].planck.b, 1);
  EXPECT_EQ(all->bands[2].rejection_limit_counts, 700);
  EXPECT_EQ(all->space_limits.high, 28000);
  EXPECT_EQ(all->target_limits.high, 64881);
}

TEST(MhsTables, TheThermometerOfNoaa19WithASlippedExponentIsKeptAndNeverChosen) {
  const auto& tables = tables_of("noaa-19", "mhs");
  const auto chosen =
      tables.select({kThermometerQuantity, "klm-prelaunch", {.side = "A", .detector = "prt-5"}}, kStart, {});
  EXPECT_FALSE(chosen);
  std::size_t suspect = 0;
  for (const calibrate::Table& table : tables.tables()) {
    for (const calibrate::Row& candidate : table.rows) {
      if (candidate.status != calibrate::RowStatus::suspect) continue;
      ++suspect;
      EXPECT_EQ(candidate.id, "noaa-19/mhs/thermometers/a-5");
      EXPECT_EQ(thermometer(candidate)->polynomial[3], 2.251251e-5);
      EXPECT_EQ(thermometer(candidate)->weight, 0);
    }
  }
  EXPECT_EQ(suspect, 1u);
}

}  // namespace
}  // namespace dl::decoders::mhs
