// How far a consumer is off who interpolates between tie points, and how.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "calibrate/geolocation/geolocation_fixtures.h"

namespace dl::calibrate {
namespace {

using fixtures::kMetopB;
using fixtures::kMetopBTime;
using fixtures::line_times;
using fixtures::metop_avhrr;

constexpr std::size_t kLines = 360;

enum class Between { degrees, directions };

struct Errors {
  double median_m = 0;
  double largest_m = 0;
};

// Bilinear between the four tie points around a pixel.
GeodeticPoint between(const TieGrid& grid, std::size_t row, std::size_t column, double down, double across,
                      Between how) {
  GeodeticPoint mean_degrees;
  Vector3 mean_direction;
  for (const std::size_t r : {0U, 1U}) {
    for (const std::size_t c : {0U, 1U}) {
      const double weight = (r == 1 ? down : 1 - down) * (c == 1 ? across : 1 - across);
      const std::size_t i = (row + r) * grid.columns() + column + c;
      mean_degrees.longitude_deg += weight * grid.longitude_deg[i];
      mean_degrees.latitude_deg += weight * grid.latitude_deg[i];
      const Vector3 up = horizon_at(from_geodetic({grid.longitude_deg[i], grid.latitude_deg[i], 0})).up;
      mean_direction = mean_direction + weight * up;
    }
  }
  if (how == Between::degrees) return mean_degrees;
  return {std::atan2(mean_direction.y, mean_direction.x) * 57.29577951308232,
          std::atan2(mean_direction.z, std::hypot(mean_direction.x, mean_direction.y)) * 57.29577951308232, 0};
}

// Over pixels that are no tie points, against their own positions.
Errors errors(UtcTime start, std::uint32_t step, Between how) {
  const Geolocator orbit = fixtures::geolocator(kMetopB, 38771, kMetopBTime);
  const auto times = line_times(start, kLines);
  const TieGrid grid = *orbit.tie_grid(metop_avhrr(), times, {step, step});
  std::vector<double> found;
  for (std::size_t line = 3; line + step < kLines; line += 29) {
    for (std::size_t pixel = 1; pixel + step < 2048; pixel += 7) {
      const std::size_t row = line / step;
      const std::size_t column = pixel / step;
      const double down = static_cast<double>(line % step) / step;
      const double across = static_cast<double>(pixel % step) / step;
      const GeodeticPoint guess = between(grid, row, column, down, across, how);
      const GeodeticPoint truth = *orbit.locate_pixel(metop_avhrr(), times[line], static_cast<double>(pixel));
      found.push_back(1000 * norm(from_geodetic(guess) - from_geodetic(truth)));
    }
  }
  std::sort(found.begin(), found.end());
  return {found[found.size() / 2], found.back()};
}

// The start of a granule with a line that sees a place: over a pole, or with the antimeridian inside.
UtcTime start_of(const char* what) {
  const Geolocator orbit = fixtures::geolocator(kMetopB, 38771, kMetopBTime);
  for (int second = 0; second < 12000; second += 10) {
    const UtcTime at = kMetopBTime + Seconds(second);
    const GeodeticPoint below = *orbit.sub_satellite_point(at);
    const std::string_view wanted = what;
    if (wanted == "north pole" && below.latitude_deg > 81) return at - Seconds(30);
    if (wanted == "south pole" && below.latitude_deg < -81) return at - Seconds(30);
    const bool low = std::abs(below.latitude_deg) < 40;
    if (wanted == "antimeridian" && low && std::abs(below.longitude_deg) > 176) return at - Seconds(30);
    if (wanted == "equator" && std::abs(below.latitude_deg) < 0.5 && std::abs(below.longitude_deg) < 150) {
      return at - Seconds(30);
    }
  }
  ADD_FAILURE() << "no pass over the " << what;
  return kMetopBTime;
}

TEST(TieGrid, InterpolatedAsDirectionsIsRightOverAPoleAndAcrossTheAntimeridian) {
  for (const char* what : {"equator", "antimeridian", "north pole", "south pole"}) {
    for (const std::uint32_t step : {8U, 16U, 32U}) {
      const Errors found = errors(start_of(what), step, Between::directions);
      std::printf("%-12s step %2u, linear between directions: median %5.1f m, largest %6.0f m\n", what, step,
                  found.median_m, found.largest_m);
      if (step != 8) continue;
      EXPECT_LT(found.median_m, 8) << what;
      EXPECT_LT(found.largest_m, 260) << what;
    }
  }
}

TEST(TieGrid, InterpolatedInDegreesIsRightOnlyAwayFromPoleAndAntimeridian) {
  const Errors equator = errors(start_of("equator"), 8, Between::degrees);
  std::printf("equator      step  8, linear in degrees: median %.1f m, largest %.0f m\n", equator.median_m,
              equator.largest_m);
  EXPECT_LT(equator.largest_m, 260);
  EXPECT_GT(errors(start_of("antimeridian"), 8, Between::degrees).largest_m, 100e3);
  EXPECT_GT(errors(start_of("north pole"), 8, Between::degrees).largest_m, 1000);
}

}  // namespace
}  // namespace dl::calibrate
