#include "calibrate/geolocation/ephemeris.h"

#include <gtest/gtest.h>

#include "calibrate/geolocation/geolocation_fixtures.h"

namespace dl::calibrate {
namespace {

using fixtures::kMetopBTime;

// What a receiver on Metop-B would measure, as SGP4 has it.
EphemerisSample sample_at(UtcTime time) {
  static const Geolocator located = fixtures::geolocator(fixtures::kMetopB, 38771, kMetopBTime);
  return {time, *located.orbit().earth_fixed(time), Bytes{1, 2, 3}};
}

Ephemeris of_seconds(int count, int every = 1) {
  Ephemeris ephemeris;
  for (int second = 0; second < count; second += every) ephemeris.add(sample_at(kMetopBTime + Seconds(second)));
  return ephemeris;
}

TEST(Ephemeris, KeepsOneSampleOfEveryTenSeconds) {
  const auto samples = of_seconds(600).covering(kMetopBTime + Seconds(95), kMetopBTime + Seconds(301));
  ASSERT_EQ(samples.size(), 23U);  // 90, 100, ... 310
  EXPECT_EQ(samples.begin()->first, kMetopBTime + Seconds(90));
  EXPECT_EQ(samples.rbegin()->first, kMetopBTime + Seconds(310));
}

TEST(Ephemeris, IsTheOrbitBetweenItsSamples) {
  const UtcTime to = kMetopBTime + Seconds(599);
  const EphemerisOrbit orbit(of_seconds(600).covering(kMetopBTime, to), kMetopBTime, nullptr);
  for (int ms = 0; ms < 599000; ms += 777) {
    const UtcTime at = kMetopBTime + Milliseconds(ms);
    EXPECT_LT(norm(orbit.earth_fixed(at)->position_km - sample_at(at).state.position_km), 1e-3) << ms;
  }
  EXPECT_EQ(orbit.source().kind, OrbitKind::jpss_ephemeris);
  EXPECT_EQ(orbit.source().samples, 60U);
  EXPECT_EQ(orbit.absolute_orbit(kMetopBTime), 0U);
  EXPECT_FALSE(orbit.earth_fixed(to + Seconds(60)));
}

TEST(Ephemeris, GravityAdvancesAStateByAQuarterOfAMinuteToAFewMetres) {
  const StateVector led = advanced(sample_at(kMetopBTime).state, 15);
  EXPECT_LT(norm(led.position_km - sample_at(kMetopBTime + Seconds(15)).state.position_km), 0.005);
}

TEST(Ephemeris, DoesNotReachOverALongGapNorFarBeyondItsEnds) {
  Ephemeris gap = of_seconds(100);
  for (int second = 200; second < 300; ++second) gap.add(sample_at(kMetopBTime + Seconds(second)));
  EXPECT_TRUE(gap.covering(kMetopBTime, kMetopBTime + Seconds(250)).empty());
  EXPECT_FALSE(gap.covering(kMetopBTime + Seconds(210), kMetopBTime + Seconds(290)).empty());
  EXPECT_TRUE(gap.covering(kMetopBTime + Seconds(210), kMetopBTime + Seconds(320)).empty());
  EXPECT_TRUE(gap.covering(kMetopBTime - Seconds(20), kMetopBTime + Seconds(20)).empty());
  EXPECT_TRUE(Ephemeris().covering(kMetopBTime, kMetopBTime).empty());
}

TEST(Ephemeris, HoldsTheFirstSampleUntilTheSecondConfirmsIt) {
  Ephemeris ephemeris;
  const auto first = ephemeris.add(sample_at(kMetopBTime));
  EXPECT_EQ(first.used + first.refused, 0U);
  const auto twice = ephemeris.add(sample_at(kMetopBTime));
  EXPECT_EQ(twice.used, 0U) << "the same sample again confirms nothing";
  EXPECT_EQ(ephemeris.add(sample_at(kMetopBTime + Seconds(1))).used, 2U);
}

TEST(Ephemeris, RefusesWhatIsNoLowOrbitAndWhatContradictsItsNeighbours) {
  Ephemeris ephemeris = of_seconds(30);
  EphemerisSample high = sample_at(kMetopBTime + Seconds(30));
  high.state.position_km = 6 * high.state.position_km;
  EXPECT_EQ(ephemeris.add(high).refused, 1U);
  EphemerisSample slow = sample_at(kMetopBTime + Seconds(31));
  slow.state.velocity_km_s = 0.8 * slow.state.velocity_km_s;
  EXPECT_EQ(ephemeris.add(slow).refused, 1U);
  EphemerisSample aside = sample_at(kMetopBTime + Seconds(32));
  aside.state.position_km.x += 1;
  EXPECT_EQ(ephemeris.add(aside).used, 0U);
  EXPECT_EQ(ephemeris.add(sample_at(kMetopBTime + Seconds(33))).refused, 1U) << "the one before";
}

TEST(Ephemeris, ForgetsTheOldestOfMoreThanADay) {
  const Ephemeris ephemeris = of_seconds(90000, 10);
  EXPECT_TRUE(ephemeris.covering(kMetopBTime, kMetopBTime + Seconds(100)).empty());
  EXPECT_FALSE(ephemeris.covering(kMetopBTime + Seconds(80000), kMetopBTime + Seconds(80100)).empty());
}

}  // namespace
}  // namespace dl::calibrate
