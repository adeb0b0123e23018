#include "calibrate/geolocation/geodesy.h"

#include <gtest/gtest.h>

#include <cmath>

namespace dl::calibrate {
namespace {

TEST(Geodesy, GoesToGeodeticAndBack) {
  for (const double latitude : {-90.0, -89.999, -45.0, 0.0, 1e-9, 33.3, 89.0, 90.0}) {
    for (const double longitude : {-179.9, -60.0, 0.0, 123.4, 180.0}) {
      for (const double height : {-0.1, 0.0, 820.0, 36000.0}) {
        const Vector3 there = from_geodetic({longitude, latitude, height});
        const GeodeticPoint back = to_geodetic(there);
        EXPECT_NEAR(back.latitude_deg, latitude, 1e-11);
        EXPECT_NEAR(back.height_km, height, 1e-8);
        EXPECT_LT(norm(from_geodetic(back) - there), 1e-8);
      }
    }
  }
}

TEST(Geodesy, SiderealTimeIsThatOfAPublishedExample) {
  // Meeus, Astronomical Algorithms, example 12.b: 1987-04-10T19:21:00 UT is 8h34m57.0896s.
  const double hours = greenwich_mean_sidereal_time_rad(*parse_utc("1987-04-10T19:21:00Z")) / 6.283185307179586 * 24;
  EXPECT_NEAR(hours, 8 + 34 / 60.0 + 57.0896 / 3600, 1e-7);
}

TEST(Geodesy, IntersectsTheNearSideAndMissesBeside) {
  const Vector3 above{0, 0, 7200};
  const auto pole = intersect_ellipsoid(above, {0, 0, -1});
  ASSERT_TRUE(pole);
  EXPECT_NEAR(pole->z, kEarthSemiMinorAxis_km, 1e-9);
  EXPECT_FALSE(intersect_ellipsoid(above, {1, 0, 0}));
  EXPECT_FALSE(intersect_ellipsoid(above, {0, 0, 1}));  // the Earth lies behind
  const auto oblique = intersect_ellipsoid({7200, 0, 0}, unit(Vector3{-1, 0.3, 0.4}));
  ASSERT_TRUE(oblique);
  EXPECT_NEAR(to_geodetic(*oblique).height_km, 0, 1e-8);
}

TEST(Geodesy, LookDirectionsCountFromTheZenithAndClockwiseFromNorth) {
  const Vector3 here = from_geodetic({20, 45, 0});
  const Horizon horizon = horizon_at(here);
  const auto towards = [&](const GeodeticPoint& there) { return look_direction(horizon, from_geodetic(there) - here); };
  EXPECT_NEAR(towards({20, 45, 100}).zenith_deg, 0, 1e-6);
  EXPECT_NEAR(std::remainder(towards({20, 46, 0}).azimuth_deg, 360), 0, 1e-6);
  EXPECT_NEAR(towards({20.01, 45, 0}).azimuth_deg, 90, 0.01);
  EXPECT_NEAR(towards({20, 44, 0}).azimuth_deg, 180, 1e-6);
  EXPECT_NEAR(towards({19.99, 45, 0}).azimuth_deg, 270, 0.01);
}

TEST(Geodesy, AHorizonIsThreeRightAnglesEverywhereAndAtThePoles) {
  for (const double latitude : {-90.0, -89.9999, -30.0, 0.0, 60.0, 90.0}) {
    const Horizon horizon = horizon_at(from_geodetic({77, latitude, 820}));
    EXPECT_LT(norm(cross(horizon.up, horizon.east) - horizon.north), 1e-15) << latitude;
    EXPECT_NEAR(norm(horizon.up), 1, 1e-15) << latitude;
    EXPECT_NEAR(horizon.up.z, std::sin(latitude * 0.017453292519943295), 1e-14) << latitude;
  }
  const Horizon pole = horizon_at({0, 0, kEarthSemiMinorAxis_km});
  EXPECT_EQ(pole.east.y, 1);
  EXPECT_EQ(pole.north.x, -1);
}

}  // namespace
}  // namespace dl::calibrate
