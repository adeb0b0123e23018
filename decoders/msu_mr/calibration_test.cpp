#include "decoders/msu_mr/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decoders/msu_mr/channels.h"

namespace dl::decoders::msu_mr {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kReason = "counts as received";

PassContext context_of(const std::string& platform, const std::string& profile) {
  PassContext context;
  context.profile.platform = platform;
  context.calibration_profile = profile;
  context.tables.shipped = DL_BINARY_DIRECTORY "/share/downlinkd/tables";
  return context;
}

calibrate::CalibratedGranule granule_of(const std::string& platform) {
  calibrate::CalibratedGranule granule;
  granule.platform = platform;
  granule.slot_start = *parse_utc("2026-05-12T08:55:00Z");
  for (const Channel& channel : kChannelTable) {
    calibrate::Band& band = granule.bands.emplace_back();
    band.name = channel.name;
    band.uncalibrated_reason = kReason;
    band.values = {0, 26, 143, 255};
  }
  return granule;
}

double value(const calibrate::Band& band, std::size_t i) {
  return band.values[i] * band.scale + band.offset;
}

calibrate::CalibratedGranule calibrated(const std::string& platform, const std::string& profile) {
  calibrate::CalibratedGranule granule = granule_of(platform);
  Calibration::create(context_of(platform, profile)).value().apply(granule);
  return granule;
}

TEST(MsuMrCalibration, IsNotThereUnlessItIsAskedForByName) {
  for (const char* profile : {"", "noaa-ospo"}) {
    const auto granule = calibrated("meteor-m2-3", profile);
    for (const calibrate::Band& band : granule.bands) {
      EXPECT_EQ(band.quantity, calibrate::Quantity::counts);
      EXPECT_EQ(band.uncalibrated_reason, kReason);
      EXPECT_EQ(value(band, 2), 143);
    }
    EXPECT_THAT(granule.provenance.flags, IsEmpty());
    EXPECT_THAT(granule.provenance.rows, IsEmpty());
  }
}

TEST(MsuMrCalibration, RunsThroughBothPointsAndNamesItsRows) {
  const auto granule = calibrated("meteor-m2-3", "satdump-experimental");
  const calibrate::Band& red = granule.bands[0];
  EXPECT_EQ(red.quantity, calibrate::Quantity::radiance);
  EXPECT_TRUE(red.uncalibrated_reason.empty());
  // Counts of ten bits 105.5 and 573.5, on the line through (104, 1.553822) and (572, 14.682910).
  EXPECT_NEAR(value(red, 1), 1.595902, 1e-6);
  EXPECT_NEAR(value(red, 2), 14.724990, 1e-6);
  EXPECT_EQ(red.values[1], 26) << "the counts stay what they are";
  ASSERT_EQ(granule.provenance.rows.size(), 3U);
  EXPECT_EQ(granule.provenance.rows[0].id, "meteor-m2-3/msu-mr/radiance/1");
  EXPECT_EQ(granule.provenance.rows[0].status, "experimental");
  EXPECT_THAT(granule.provenance.flags, Contains("cal_experimental"));
  EXPECT_EQ(granule.provenance.calibration_profile, kExperimentalProfile);
}

// What speaks for the reading of the coefficients: two spacecraft agree where radiance is zero, and in the slope.
TEST(MsuMrCalibration, TwoSpacecraftHaveTheirZeroAtTheSameCounts) {
  const auto one = calibrated("meteor-m2-3", "satdump-experimental");
  const auto other = calibrated("meteor-m2-4", "satdump-experimental");
  for (const std::size_t band : {0U, 1U, 2U}) {
    const calibrate::Band& a = one.bands[band];
    const calibrate::Band& b = other.bands[band];
    EXPECT_NEAR(-a.offset / a.scale, -b.offset / b.scale, 1.5) << a.name;
    EXPECT_NEAR(a.scale / b.scale, 1, 0.03) << a.name;
  }
}

TEST(MsuMrCalibration, InfraredStaysInCountsForItsRowsAreSuspect) {
  const auto granule = calibrated("meteor-m2-4", "satdump-experimental");
  for (const std::size_t band : {3U, 4U, 5U}) {
    EXPECT_EQ(granule.bands[band].quantity, calibrate::Quantity::counts);
    EXPECT_FALSE(granule.bands[band].uncalibrated_reason.empty());
  }
}

TEST(MsuMrCalibration, ASpacecraftWithoutRowsStaysInCountsAndSaysSo) {
  const auto granule = calibrated("meteor-m2", "satdump-experimental");
  EXPECT_EQ(granule.bands[0].quantity, calibrate::Quantity::counts);
  EXPECT_THAT(granule.provenance.remarks, Contains(HasSubstr("has no rows of 'meteor-m2'")));
}

TEST(MsuMrCalibration, RowsThatWereNotKnownThenAreNotUsed) {
  PassContext context = context_of("meteor-m2-3", "satdump-experimental");
  context.known_at = parse_utc("2026-01-01T00:00:00Z").value();
  auto granule = granule_of("meteor-m2-3");
  Calibration::create(context).value().apply(granule);
  EXPECT_EQ(granule.bands[0].quantity, calibrate::Quantity::counts);
  EXPECT_THAT(granule.provenance.rows, IsEmpty());
}

}  // namespace
}  // namespace dl::decoders::msu_mr
