#include "calibrate/geolocation/track.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "calibrate/geolocation/geolocation_fixtures.h"

namespace dl::calibrate {
namespace {

TEST(Track, IsTheOrbitToTwoCentimetres) {
  const Geolocator located = fixtures::geolocator(fixtures::kMetopB, 38771, fixtures::kMetopBTime);
  const Orbit& orbit = located.orbit();
  const UtcTime from = fixtures::kMetopBTime + Milliseconds(3217);
  const auto track = Track::create(orbit, from, from + Seconds(6100));
  ASSERT_TRUE(track);
  double position_km = 0;
  double velocity_km_s = 0;
  for (int ms = 0; ms < 6100000; ms += 1937) {
    const StateVector truth = orbit.earth_fixed(from + Milliseconds(ms)).value();
    const StateVector curve = track->at(from, ms * 1e-3);
    position_km = std::max(position_km, norm(truth.position_km - curve.position_km));
    velocity_km_s = std::max(velocity_km_s, norm(truth.velocity_km_s - curve.velocity_km_s));
  }
  std::printf("curve against SGP4 over an orbit: %.3f mm, %.4f mm/s\n", position_km * 1e6, velocity_km_s * 1e6);
  // SGP4's velocity is not quite the derivative of its position; the curve's is.
  EXPECT_LT(position_km, 3e-5);
  EXPECT_LT(velocity_km_s, 5e-5);
}

TEST(Track, OfOneMomentReachesAroundIt) {
  const Geolocator located = fixtures::geolocator(fixtures::kMetopB, 38771, fixtures::kMetopBTime);
  const UtcTime at = fixtures::kMetopBTime;
  const auto track = Track::create(located.orbit(), at, at);
  ASSERT_TRUE(track);
  for (const double offset_s : {-0.5, 0.0, 0.05, 1.0, 1.3}) {
    const UtcTime there = at + Microseconds(static_cast<std::int64_t>(offset_s * 1e6));
    EXPECT_LT(norm(track->at(at, offset_s).position_km - located.orbit().earth_fixed(there)->position_km), 1e-5);
  }
}

}  // namespace
}  // namespace dl::calibrate
