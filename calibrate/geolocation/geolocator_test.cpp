#include "calibrate/geolocation/geolocator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "calibrate/geolocation/attitude.h"
#include "calibrate/geolocation/geolocation_fixtures.h"

namespace dl::calibrate {
namespace {

using fixtures::avhrr;
using fixtures::geolocator;
using fixtures::kMetopB;
using fixtures::kMetopBTime;
using fixtures::kNoaa19;
using fixtures::kNoaa19Time;
using fixtures::line_times;
using fixtures::metop_avhrr;
using testing::HasSubstr;

double distance_km(const GeodeticPoint& a, const GeodeticPoint& b) {
  return norm(from_geodetic(a) - from_geodetic(b));
}

// The moment of the pass over a latitude, northbound.
UtcTime northbound_at(const Geolocator& orbit, UtcTime from, double latitude_deg) {
  double previous = 90;
  for (int second = 0; second < 6200; ++second) {
    const UtcTime at = from + Seconds(second);
    const double latitude = orbit.sub_satellite_point(at)->latitude_deg;
    if (previous < latitude_deg && latitude >= latitude_deg) return at;
    previous = latitude;
  }
  ADD_FAILURE() << "never at " << latitude_deg;
  return from;
}

TEST(Geolocator, GivesPyorbitalsPixelsWithItsNadirConvention) {
  const Geolocator orbit = geolocator(kNoaa19, 33591, kNoaa19Time);
  ScanGeometry geometry = avhrr();
  geometry.nadir = NadirConvention::legacy;
  const struct {
    double pixel, longitude_deg, latitude_deg;
  } expectations[] = {{0, -52.182633, 57.103929},
                      {512, -34.476458, 56.696852},
                      {1023.5, -27.170666, 55.768157},
                      {1535, -20.283004, 54.430717},
                      {2047, -6.311001, 50.033173}};
  for (const auto& expected : expectations) {
    const auto point = orbit.locate_pixel(geometry, kNoaa19Time, expected.pixel);
    ASSERT_TRUE(point);
    // pyorbital stops its latitude iteration early: its own points lie 2 m above the ellipsoid.
    EXPECT_NEAR(point->longitude_deg, expected.longitude_deg, 2e-5) << expected.pixel;
    EXPECT_NEAR(point->latitude_deg, expected.latitude_deg, 2e-5) << expected.pixel;
  }
}

TEST(Geolocator, GivesTheGroundControlPointsOfPyorbitalsOwnTest) {
  const Geolocator orbit = geolocator(kNoaa19, 33591, kNoaa19Time);
  ScanGeometry geometry = avhrr();
  geometry.nadir = NadirConvention::legacy;
  const auto times = line_times(kNoaa19Time, 21);
  const auto first = orbit.locate_pixel(geometry, times[2], 500);
  EXPECT_NEAR(first->longitude_deg, -34.69996894, 2e-5);
  EXPECT_NEAR(first->latitude_deg, 56.69799502, 2e-5);
  const auto third = orbit.locate_pixel(geometry, times[20], 1000);
  EXPECT_NEAR(third->longitude_deg, -27.573052737698944, 2e-5);
  EXPECT_NEAR(third->latitude_deg, 55.626740897592654, 2e-5);
}

TEST(Geolocator, MisalignmentTurnsAsItsSignsSay) {
  const Geolocator orbit = geolocator(kNoaa19, 33591, kNoaa19Time);
  const PlatformAxes axes =
      platform_axes(*orbit.orbit().earth_fixed(kNoaa19Time), AttitudeLaw::local_normal, NadirConvention::geodetic);
  ScanGeometry rolled = avhrr();
  rolled.roll_deg = 1;
  EXPECT_GT(dot(line_of_sight(axes, pointing(rolled, 0)), axes.right), 0.017);
  ScanGeometry pitched = avhrr();
  pitched.pitch_deg = 2;
  EXPECT_GT(dot(line_of_sight(axes, pointing(pitched, 0)), axes.forward), 0.034);
  // The right-hand pixel goes backward when the nose goes right.
  ScanGeometry yawed = avhrr();
  yawed.yaw_deg = 3;
  EXPECT_LT(dot(line_of_sight(axes, pointing(yawed, 50)), axes.forward), -0.03);
}

TEST(Geolocator, GivesPyorbitalsPixelsWithMisalignment) {
  // Run with pyorbital 1.7.3, which counts pitch and yaw the other way: rpy = (0, 0, 3) and (1, 2, 0) degrees.
  const Geolocator orbit = geolocator(kNoaa19, 33591, kNoaa19Time);
  ScanGeometry yawed = avhrr();
  yawed.nadir = NadirConvention::legacy;
  ScanGeometry tilted = yawed;
  yawed.yaw_deg = -3;
  tilted.roll_deg = 1;
  tilted.pitch_deg = -2;
  EXPECT_NEAR(orbit.locate_pixel(yawed, kNoaa19Time, 0)->longitude_deg, -52.02459906, 2e-5);
  EXPECT_NEAR(orbit.locate_pixel(yawed, kNoaa19Time, 0)->latitude_deg, 56.39173878, 2e-5);
  EXPECT_NEAR(orbit.locate_pixel(yawed, kNoaa19Time, 2047)->latitude_deg, 50.64124781, 2e-5);
  EXPECT_NEAR(orbit.locate_pixel(tilted, kNoaa19Time, 0)->longitude_deg, -53.89654985, 2e-5);
  EXPECT_NEAR(orbit.locate_pixel(tilted, kNoaa19Time, 1023.5)->latitude_deg, 56.06716842, 2e-5);
}

TEST(Geolocator, TemeStateIsThatOfTheSpecification) {
  const auto set = parse_element_sets(kNoaa19).sets.front();
  const auto orbit = Sgp4::create(set);
  const double minutes = static_cast<double>((kNoaa19Time - set.epoch).count()) / 60e6;
  const auto state = orbit->propagate(minutes);
  EXPECT_NEAR(state->position_km.x, -1925.279563, 2e-6);
  EXPECT_NEAR(state->position_km.y, 3604.793679, 2e-6);
  EXPECT_NEAR(state->position_km.z, 5965.695659, 2e-6);
  EXPECT_NEAR(state->velocity_km_s.x, -0.985201193, 2e-9);
  EXPECT_NEAR(state->velocity_km_s.y, 6.149805229, 2e-9);
  EXPECT_NEAR(state->velocity_km_s.z, -4.036513844, 2e-9);
}

TEST(Geolocator, EarthFixedVelocityIsTheDerivativeOfThePosition) {
  const Geolocator orbit = geolocator(kMetopB, 38771, kMetopBTime);
  const auto before = orbit.orbit().earth_fixed(kMetopBTime - Milliseconds(500));
  const auto after = orbit.orbit().earth_fixed(kMetopBTime + Milliseconds(500));
  const Vector3 difference = after->position_km - before->position_km;
  EXPECT_LT(norm(difference - orbit.orbit().earth_fixed(kMetopBTime)->velocity_km_s), 1e-5);
}

TEST(Geolocator, ScanLinesCrossTheGroundTrackAtRightAnglesOnlyWithYawSteering) {
  const Geolocator orbit = geolocator(kMetopB, 38771, kMetopBTime);
  double largest_without = 0;
  for (int minute = 0; minute < 100; minute += 3) {
    const StateVector state = *orbit.orbit().earth_fixed(kMetopBTime + Seconds(60 * minute));
    const Vector3 track = unit(state.velocity_km_s);
    for (const auto law : {AttitudeLaw::local_normal_yaw_steering, AttitudeLaw::local_normal}) {
      const PlatformAxes axes = platform_axes(state, law, NadirConvention::geodetic);
      ScanGeometry geometry = metop_avhrr();
      const Vector3 scan =
          unit(line_of_sight(axes, pointing(geometry, 55.2)) - line_of_sight(axes, pointing(geometry, -55.2)));
      if (law == AttitudeLaw::local_normal_yaw_steering) {
        EXPECT_LT(std::abs(dot(scan, track)), 1e-12) << minute;
      } else {
        largest_without = std::max(largest_without, std::abs(dot(scan, track)));
      }
    }
  }
  // 3.94 degrees at the equator.
  EXPECT_NEAR(std::asin(largest_without) / 0.017453292519943295, 3.94, 0.02);
}

TEST(Geolocator, LeavingOutYawSteeringMovesTheSwathEdgeAsMeasured) {
  const Geolocator orbit = geolocator(kMetopB, 38771, kMetopBTime);
  const struct { double latitude_deg, edge_km; } expectations[] = {{0, 98.1}, {39, 76}, {61, 47}, {79, 13}};
  for (const auto& expected : expectations) {
    const UtcTime at = northbound_at(orbit, kMetopBTime, expected.latitude_deg);
    ScanGeometry plain = metop_avhrr();
    plain.attitude = AttitudeLaw::local_normal;
    double edge = 0;
    for (const double pixel : {0.0, 2047.0}) {
      edge = std::max(
          edge, distance_km(*orbit.locate_pixel(metop_avhrr(), at, pixel), *orbit.locate_pixel(plain, at, pixel)));
    }
    const double nadir =
        distance_km(*orbit.locate_pixel(metop_avhrr(), at, 1023.5), *orbit.locate_pixel(plain, at, 1023.5));
    std::printf("latitude %2.0f: edge %.1f km, nadir %.4f km\n", expected.latitude_deg, edge, nadir);
    EXPECT_NEAR(edge, expected.edge_km, 3);
    EXPECT_LT(nadir, 0.03);
  }
}

TEST(Geolocator, NadirConventionsDifferAsMeasured) {
  const Geolocator orbit = geolocator(kMetopB, 38771, kMetopBTime);
  double legacy_km = 0;
  double geocentric_km = 0;
  for (int minute = 0; minute < 101; ++minute) {
    const UtcTime at = kMetopBTime + Seconds(60 * minute);
    ScanGeometry geometry = avhrr();
    geometry.pixel_interval_s = 0;
    const GeodeticPoint geodetic = *orbit.locate_pixel(geometry, at, 1023.5);
    EXPECT_LT(distance_km(geodetic, {orbit.sub_satellite_point(at)->longitude_deg,
                                     orbit.sub_satellite_point(at)->latitude_deg, 0}),
              1e-6);
    geometry.nadir = NadirConvention::legacy;
    legacy_km = std::max(legacy_km, distance_km(geodetic, *orbit.locate_pixel(geometry, at, 1023.5)));
    geometry.nadir = NadirConvention::geocentric;
    geocentric_km = std::max(geocentric_km, distance_km(geodetic, *orbit.locate_pixel(geometry, at, 1023.5)));
  }
  EXPECT_NEAR(legacy_km, 2.82, 0.05);
  EXPECT_NEAR(geocentric_km, 2.49, 0.05);
}

TEST(Geolocator, TieGridEndsOnTheLastLineAndPixelAndInterpolatesToTwoHundredSixtyMetres) {
  const Geolocator orbit = geolocator(kMetopB, 38771, kMetopBTime);
  const UtcTime start = northbound_at(orbit, kMetopBTime, 45);
  const auto times = line_times(start, 100);
  const auto grid = orbit.tie_grid(metop_avhrr(), times);
  ASSERT_TRUE(grid);
  ASSERT_EQ(grid->rows(), 14U);
  ASSERT_EQ(grid->columns(), 257U);
  EXPECT_EQ(grid->lines.back(), 99);
  EXPECT_EQ(grid->lines[12], 96);
  EXPECT_EQ(grid->pixels[255], 2040);
  EXPECT_EQ(grid->pixels.back(), 2047);
  EXPECT_EQ(grid->sun_azimuth_deg.size(), 14U * 257U);

  double largest_km = 0;
  double largest_at_nadir_km = 0;
  for (std::size_t column = 0; column + 1 < grid->columns(); ++column) {
    const double pixel = (grid->pixels[column] + grid->pixels[column + 1]) / 2;
    const std::size_t i = 5 * grid->columns() + column;
    const GeodeticPoint between{(grid->longitude_deg[i] + grid->longitude_deg[i + 1]) / 2,
                                (grid->latitude_deg[i] + grid->latitude_deg[i + 1]) / 2, 0};
    const double error = distance_km(between, *orbit.locate_pixel(metop_avhrr(), times[40], pixel));
    largest_km = std::max(largest_km, error);
    if (std::abs(pixel - 1023.5) < 100) largest_at_nadir_km = std::max(largest_at_nadir_km, error);
  }
  std::printf("bilinear between tie points: at most %.0f m, near nadir %.0f m\n", largest_km * 1000,
              largest_at_nadir_km * 1000);
  EXPECT_LT(largest_km, 0.300);
  EXPECT_GT(largest_km, 0.100);
  EXPECT_LT(largest_at_nadir_km, 0.005);
}

TEST(Geolocator, SensorAngleIsNearZeroAtNadirAndLooksBackAlongTheScan) {
  const Geolocator orbit = geolocator(kMetopB, 38771, kMetopBTime);
  const UtcTime start = northbound_at(orbit, kMetopBTime, 0);
  const auto grid = orbit.tie_grid(metop_avhrr(), line_times(start, 2));
  ASSERT_TRUE(grid);
  EXPECT_LT(grid->sensor_zenith_deg[128], 0.1F);
  // 55.37 degrees at 820 km are 68 degrees on the ground.
  EXPECT_NEAR(grid->sensor_zenith_deg[0], 68.5, 1.0);
  // Northbound, pixel 0 lies in the east, and the satellite west of it.
  EXPECT_GT(grid->longitude_deg[0], grid->longitude_deg[256]);
  EXPECT_NEAR(grid->sensor_azimuth_deg[0], 257, 3);
}

TEST(Geolocator, AConicalScanSeesTheGroundAtOneAngleAllAlong) {
  const Geolocator orbit = geolocator(kMetopB, 38771, kMetopBTime);
  ScanGeometry geometry;
  geometry.pattern = ScanPattern::conical;
  geometry.pixel_count = 90;
  geometry.cone_angle_deg = 45;
  geometry.first_angle_deg = -65;
  geometry.last_angle_deg = 65;
  const UtcTime at = northbound_at(orbit, kMetopBTime, 20);
  const auto grid = orbit.tie_grid(geometry, std::vector{at}, {1, 1});
  ASSERT_TRUE(grid);
  const auto [least, most] = std::minmax_element(grid->sensor_zenith_deg.begin(), grid->sensor_zenith_deg.end());
  EXPECT_NEAR(*least, 52.8, 1);  // asin(r / R sin 45)
  EXPECT_LT(*most - *least, 0.3) << "but for the flattening of the Earth";
  // Northbound it looks ahead, and goes from the left (west) to the right.
  const GeodeticPoint below = *orbit.sub_satellite_point(at);
  EXPECT_LT(grid->longitude_deg.front(), below.longitude_deg);
  EXPECT_GT(grid->longitude_deg.back(), below.longitude_deg);
  EXPECT_GT(grid->latitude_deg[45], below.latitude_deg + 5);
}

TEST(Geolocator, ASoundersPixelIsThatOfTheMiddleOfItsDwell) {
  const Geolocator orbit = geolocator(kMetopB, 38771, kMetopBTime);
  ScanGeometry sounder;
  sounder.pixel_count = 30;
  sounder.first_angle_deg = 48.333;
  sounder.last_angle_deg = -48.333;
  sounder.pixel_interval_s = 0.2;
  sounder.first_pixel_offset_s = 0.01;
  sounder.dwell_s = 0.16;
  sounder.tie_step = 1;
  ScanGeometry still = sounder;
  still.pixel_interval_s = still.first_pixel_offset_s = still.dwell_s = 0;
  for (const double pixel : {0.0, 7.0, 29.0}) {
    const auto offset = Microseconds(static_cast<std::int64_t>((0.01 + 0.2 * pixel + 0.08) * 1e6));
    EXPECT_LT(distance_km(*orbit.locate_pixel(sounder, kMetopBTime, pixel),
                          *orbit.locate_pixel(still, kMetopBTime + offset, pixel)),
              2e-4)
        << pixel;
  }
  const auto grid = orbit.tie_grid(sounder, line_times(kMetopBTime, 3), {sounder.tie_step, sounder.tie_step});
  EXPECT_EQ(grid->columns(), 30U);
}

TEST(Geolocator, AnOutlineReachesHalfAPixelAndHalfALineBeyondTheCentres) {
  const Geolocator orbit = geolocator(kMetopB, 38771, kMetopBTime);
  const auto times = line_times(kMetopBTime, 360);
  const auto grid = orbit.outline_grid(metop_avhrr(), times);
  ASSERT_TRUE(grid);
  EXPECT_EQ(grid->lines.front(), -0.5);
  EXPECT_EQ(grid->lines.back(), 359.5);
  EXPECT_EQ(grid->pixels.back(), 2047.5);
  const GeodeticPoint corner{grid->longitude_deg[0], grid->latitude_deg[0], 0};
  const auto half_a_line = Microseconds(83333);
  EXPECT_LT(distance_km(corner, *orbit.locate_pixel(metop_avhrr(), times[0] - half_a_line, -0.5)), 1e-3);
}

TEST(Geolocator, PointsThatLookPastTheEarthHaveNoPosition) {
  const Geolocator orbit = geolocator(kMetopB, 38771, kMetopBTime);
  ScanGeometry wide = metop_avhrr();
  wide.first_angle_deg = 70;
  const auto grid = orbit.tie_grid(wide, line_times(kMetopBTime, 2));
  ASSERT_TRUE(grid);
  EXPECT_TRUE(std::isnan(grid->longitude_deg[0]));
  EXPECT_TRUE(std::isnan(grid->sun_zenith_deg[0]));
  EXPECT_FALSE(std::isnan(grid->longitude_deg[200]));
  EXPECT_FALSE(orbit.locate_pixel(wide, kMetopBTime, 0));
}

TEST(Geolocator, CountsOrbitsFromTheElementSetsRevolutionNumber) {
  // Epoch 2020-09-26T18:52:38Z, revolution 41642, argument of latitude 111 degrees: 31 minutes behind the node.
  const Geolocator orbit = geolocator(kMetopB, 38771, kMetopBTime);
  const UtcTime epoch = orbit.orbit().source().epoch;
  EXPECT_EQ(orbit.orbit().absolute_orbit(epoch), 41642U);
  EXPECT_EQ(orbit.orbit().absolute_orbit(epoch - Seconds(30 * 60)), 41642U);
  EXPECT_EQ(orbit.orbit().absolute_orbit(epoch - Seconds(33 * 60)), 41641U);
  const UtcTime node = northbound_at(orbit, epoch, 0);
  EXPECT_EQ(orbit.orbit().absolute_orbit(node - Seconds(2)), 41642U);
  EXPECT_EQ(orbit.orbit().absolute_orbit(node + Seconds(2)), 41643U);
  EXPECT_EQ(orbit.orbit().absolute_orbit(epoch + Seconds(86400)), 41656U);
  EXPECT_EQ(orbit.orbit_state(node), "ascending");
  EXPECT_EQ(orbit.orbit_state(node + Seconds(50 * 60)), "descending");
}

}  // namespace
}  // namespace dl::calibrate
