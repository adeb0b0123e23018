#include "calibrate/geolocation/locate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calibrate/geolocation/geolocation_fixtures.h"

namespace dl::calibrate {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

CalibratedGranule granule_at(UtcTime start) {
  CalibratedGranule granule;
  for (const UtcTime time : fixtures::line_times(start, 90)) granule.lines.push_back({time, 0});
  granule.line_count = granule.lines.size();
  granule.pixel_count = 2048;
  return granule;
}

TEST(Locate, FillsEverythingThatDependsOnTheOrbit) {
  CalibratedGranule granule = granule_at(fixtures::kMetopBTime);
  locate(granule, fixtures::metop_avhrr(), OrbitBook(fixtures::kMetopB, 38771));
  ASSERT_TRUE(granule.tie_grid);
  EXPECT_EQ(granule.tie_grid->lines.back(), 89);
  ASSERT_TRUE(granule.footprint);
  EXPECT_EQ(granule.provenance.attitude_model, "yaw-steering");
  ASSERT_TRUE(granule.provenance.orbit);
  EXPECT_FALSE(granule.provenance.orbit->old);
  EXPECT_THAT(granule.provenance.flags, IsEmpty());
  EXPECT_THAT(granule.ungeolocated_reason, IsEmpty());
  EXPECT_EQ(granule.quicklook_rotate_180, granule.orbit_state == "ascending");
  EXPECT_GT(granule.absolute_orbit, 41640U);
}

TEST(Locate, FlagsEveryLineOfAnOldOrbit) {
  CalibratedGranule granule = granule_at(fixtures::kMetopBTime + Seconds(2 * 86400));
  locate(granule, fixtures::metop_avhrr(), OrbitBook(fixtures::kMetopB, 38771));
  ASSERT_TRUE(granule.tie_grid);
  EXPECT_TRUE(granule.provenance.orbit->old);
  EXPECT_THAT(granule.provenance.flags, Contains("tle_old"));
  for (const Line& line : granule.lines) EXPECT_EQ(line.flags, kLineTleOld);
}

TEST(Locate, LeavesAGranuleWithoutAnOrbitAsItIsAndSaysWhy) {
  CalibratedGranule granule = granule_at(fixtures::kMetopBTime);
  locate(granule, fixtures::metop_avhrr(), OrbitBook("", 38771));
  EXPECT_FALSE(granule.tie_grid);
  EXPECT_FALSE(granule.footprint);
  EXPECT_THAT(granule.orbit_state, IsEmpty());
  EXPECT_THAT(granule.provenance.flags, Not(Contains("tle_old")));
  EXPECT_THAT(granule.ungeolocated_reason, HasSubstr("no element set (TLE) was given"));
}

TEST(Locate, GivesTheSameNumbersEveryTime) {
  CalibratedGranule first = granule_at(fixtures::kMetopBTime);
  CalibratedGranule second = granule_at(fixtures::kMetopBTime);
  locate(first, fixtures::metop_avhrr(), OrbitBook(fixtures::kMetopB, 38771));
  locate(second, fixtures::metop_avhrr(), OrbitBook(fixtures::kMetopB, 38771));
  EXPECT_EQ(first.tie_grid->longitude_deg, second.tie_grid->longitude_deg);
  EXPECT_EQ(first.tie_grid->latitude_deg, second.tie_grid->latitude_deg);
  EXPECT_EQ(first.tie_grid->sun_zenith_deg, second.tie_grid->sun_zenith_deg);
}

}  // namespace
}  // namespace dl::calibrate
