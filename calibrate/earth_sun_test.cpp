#include "calibrate/earth_sun.h"

#include <gtest/gtest.h>

namespace dl::calibrate {
namespace {

TEST(EarthSun, PerihelionAndAphelionOf2026AreWhereTheAlmanacHasThem) {
  // Astronomical Almanac 2026: perihelion 3 January 17 h UT 0.98330 au, aphelion 6 July 18 h UT 1.01664 au.
  EXPECT_NEAR(earth_sun_distance_au(*parse_utc("2026-01-03T17:00:00Z")), 0.98330, 1e-5);
  EXPECT_NEAR(earth_sun_distance_au(*parse_utc("2026-07-06T18:00:00Z")), 1.01664, 1e-5);
}

}  // namespace
}  // namespace dl::calibrate
