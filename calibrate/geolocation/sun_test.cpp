#include "calibrate/geolocation/sun.h"

#include <gtest/gtest.h>

#include <cmath>

#include "calibrate/geolocation/geodesy.h"

namespace dl::calibrate {
namespace {

constexpr double kDegree = 0.017453292519943295769;

Direction sun_from(const char* time, double longitude_deg, double latitude_deg) {
  const Vector3 here = from_geodetic({longitude_deg, latitude_deg, 0});
  return look_direction(horizon_at(here), sun_position_km(*parse_utc(time)) - here);
}

TEST(Sun, AgreesWithPyorbital) {
  // pyorbital 1.7.3, astronomy.get_alt_az and sun_zenith_angle: its own formula, good to about 0.02 degrees.
  const struct {
    const char* time;
    double longitude_deg, latitude_deg, zenith_deg, azimuth_deg;
  } expectations[] = {{"2020-09-26T20:00:00Z", -60, 10, 63.0276, 262.9414},
                      {"2025-04-14T08:30:00Z", 10, 50, 53.5634, 123.9835},
                      {"2012-12-12T04:16:01Z", -27, 55.8, 136.7855, 56.8572},
                      {"2026-01-15T23:00:00Z", 170, -75, 55.9178, 31.2495}};
  for (const auto& expected : expectations) {
    const Direction sun = sun_from(expected.time, expected.longitude_deg, expected.latitude_deg);
    EXPECT_NEAR(sun.zenith_deg, expected.zenith_deg, 0.02) << expected.time;
    EXPECT_NEAR(sun.azimuth_deg, expected.azimuth_deg, 0.03) << expected.time;
  }
}

// The Astronomical Almanac's low-precision formulas (section C, "0.01 degrees between 1950 and 2050"), which share
// nothing with ERFA's: right ascension and declination, then sidereal time.
Vector3 almanac_direction(UtcTime utc) {
  const double n = static_cast<double>((utc - *parse_utc("2000-01-01T12:00:00Z")).count()) / 86400e6;
  const double anomaly = (357.528 + 0.9856003 * n) * kDegree;
  const double longitude =
      (280.460 + 0.9856474 * n + 1.915 * std::sin(anomaly) + 0.020 * std::sin(2 * anomaly)) * kDegree;
  const double obliquity = (23.439 - 0.0000004 * n) * kDegree;
  const Vector3 celestial{std::cos(longitude), std::cos(obliquity) * std::sin(longitude),
                          std::sin(obliquity) * std::sin(longitude)};
  return rotate(celestial, {0, 0, 1}, Turn::by(-greenwich_mean_sidereal_time_rad(utc)));
}

TEST(Sun, StaysWithinTheAlmanacsPrecisionForDecades) {
  for (int year = 1980; year <= 2045; year += 5) {
    for (int month = 1; month <= 12; ++month) {
      const UtcTime at =
          *parse_utc(std::to_string(year) + (month < 10 ? "-0" : "-") + std::to_string(month) + "-17T05:43:21Z");
      const double apart = norm(cross(unit(sun_position_km(at)), almanac_direction(at))) / kDegree;
      EXPECT_LT(apart, 0.015) << format_utc(at);
    }
  }
}

TEST(Sun, OfATrackIsTheSunToAHundredThousandthOfADegree) {
  const UtcTime from = *parse_utc("2026-03-07T23:50:11.5Z");
  const UtcTime to = from + Seconds(900);
  const SunTrack track(from, to);
  for (UtcTime at = from; at <= to; at += Milliseconds(7300)) {
    const double apart = norm(cross(unit(sun_position_km(at)), unit(track.position_km(at)))) / kDegree;
    EXPECT_LT(apart, 1e-5) << format_utc(at);
  }
}

TEST(Sun, SeasonsFallOnTheirMinutes) {
  // Equinox and solstice of 2020 (US Naval Observatory: March 20 03:50, June 20 21:44 UT).
  const Vector3 equinox = unit(sun_position_km(*parse_utc("2020-03-20T03:50:00Z")));
  EXPECT_NEAR(std::asin(equinox.z) / kDegree, 0, 0.001);
  const Vector3 solstice = unit(sun_position_km(*parse_utc("2020-06-20T21:44:00Z")));
  EXPECT_NEAR(std::asin(solstice.z) / kDegree, 23.4365, 0.001);
}

}  // namespace
}  // namespace dl::calibrate
