#include "calibrate/geolocation/footprint.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "calibrate/geolocation/geolocation_fixtures.h"
#include "calibrate/geolocation/geolocator.h"

namespace dl::calibrate {
namespace {

using Ring = std::vector<LonLat>;

// Twice the signed area on the map, and the area on a sphere (Lambert's cylinder keeps it).
double signed_area(const Ring& ring) {
  double twice = 0;
  for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
    twice += ring[i].longitude_deg * ring[i + 1].latitude_deg - ring[i + 1].longitude_deg * ring[i].latitude_deg;
  }
  return twice;
}
double area_km2(const Footprint& footprint) {
  constexpr double kDegree = 0.017453292519943295769;
  constexpr double kRadius_km = 6371;
  double sum = 0;
  for (const Ring& ring : footprint.polygons) {
    for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
      const double height = std::sin(ring[i].latitude_deg * kDegree) + std::sin(ring[i + 1].latitude_deg * kDegree);
      sum -= (ring[i + 1].longitude_deg - ring[i].longitude_deg) * kDegree * height / 2;
    }
  }
  return sum * kRadius_km * kRadius_km;
}

bool segments_cross(const LonLat& a, const LonLat& b, const LonLat& c, const LonLat& d) {
  const auto side = [](const LonLat& p, const LonLat& q, const LonLat& r) {
    return (q.longitude_deg - p.longitude_deg) * (r.latitude_deg - p.latitude_deg) -
           (q.latitude_deg - p.latitude_deg) * (r.longitude_deg - p.longitude_deg);
  };
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

// What RFC 7946 asks of every polygon.
void expect_valid(const Footprint& footprint) {
  ASSERT_FALSE(footprint.polygons.empty());
  for (const Ring& ring : footprint.polygons) {
    ASSERT_GE(ring.size(), 4U);
    EXPECT_EQ(ring.front().longitude_deg, ring.back().longitude_deg);
    EXPECT_EQ(ring.front().latitude_deg, ring.back().latitude_deg);
    EXPECT_GT(signed_area(ring), 0) << "not counter-clockwise";
    for (const LonLat& point : ring) {
      EXPECT_LE(std::abs(point.longitude_deg), 180);
      EXPECT_LE(std::abs(point.latitude_deg), 90);
    }
    for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
      for (std::size_t k = i + 1; k + 1 < ring.size(); ++k) {
        EXPECT_FALSE(segments_cross(ring[i], ring[i + 1], ring[k], ring[k + 1])) << i << " crosses " << k;
      }
    }
  }
}

// A granule of `seconds` that begins `offset_s` after the fixture's time.
TieGrid grid_of(int offset_s, int seconds) {
  const Geolocator orbit = fixtures::geolocator(fixtures::kMetopB, 38771, fixtures::kMetopBTime);
  const auto times =
      fixtures::line_times(fixtures::kMetopBTime + Seconds(offset_s), static_cast<std::size_t>(seconds) * 6);
  return *orbit.outline_grid(fixtures::metop_avhrr(), times);
}

TieGrid box(double west, double east, double south, double north) {
  TieGrid grid;
  grid.lines = {0, 7};
  grid.pixels = {0, 7};
  grid.longitude_deg = {west, east, west, east};
  grid.latitude_deg = {north, north, south, south};
  return grid;
}

TEST(Footprint, OfABoxIsTheBox) {
  const Footprint result = footprint(box(5, 15, 40, 50));
  expect_valid(result);
  ASSERT_EQ(result.polygons.size(), 1U);
  EXPECT_EQ(result.polygons[0].size(), 5U);
  EXPECT_EQ(result.bbox, (std::array<double, 4>{5, 40, 15, 50}));
}

TEST(Footprint, IsCutAtTheAntimeridian) {
  const Footprint result = footprint(box(170, -160, -10, 10));
  expect_valid(result);
  ASSERT_EQ(result.polygons.size(), 2U);
  EXPECT_EQ(result.bbox, (std::array<double, 4>{170, -10, -160, 10}));
  EXPECT_DOUBLE_EQ(signed_area(result.polygons[0]) / 2, 200);
  EXPECT_DOUBLE_EQ(signed_area(result.polygons[1]) / 2, 400);
}

TEST(Footprint, ThatEndsExactlyAtTheAntimeridianStaysWhole) {
  const Footprint result = footprint(box(170, 180, -10, 10));
  expect_valid(result);
  EXPECT_EQ(result.polygons.size(), 1U);
  EXPECT_EQ(result.bbox, (std::array<double, 4>{170, -10, 180, 10}));
}

TEST(Footprint, ConcaveOutlinesAreCutIntoAllTheirParts) {
  // A horseshoe whose two arms reach over the antimeridian.
  TieGrid grid;
  grid.lines = {0, 1};
  grid.pixels = {0, 1, 2, 3};
  grid.longitude_deg = {-170, 160, 160, -170, -170, 175, 175, -170};
  grid.latitude_deg = {20, 20, -20, -20, 10, 10, -10, -10};
  const Footprint result = footprint(grid);
  expect_valid(result);
  EXPECT_EQ(result.polygons.size(), 3U);
}

TEST(Footprint, OfRealGranulesRoundTheOrbitIsValidAndAsLargeAsTheSwath) {
  // 3 minutes at 6.6 km/s of ground track times 2900 km of swath.
  std::size_t cut = 0;
  std::size_t polar = 0;
  for (int offset_s = 0; offset_s < 4 * 6080; offset_s += 180) {
    SCOPED_TRACE(offset_s);
    const Footprint result = footprint(grid_of(offset_s, 180));
    expect_valid(result);
    EXPECT_NEAR(area_km2(result), 3.45e6, 0.25e6);
    cut += result.polygons.size() > 1 ? 1 : 0;
    if (result.bbox[3] == 90 || result.bbox[1] == -90) {
      ++polar;
      EXPECT_EQ(result.bbox[0], -180);
      EXPECT_EQ(result.bbox[2], 180);
    }
  }
  EXPECT_GT(cut, 5U);
  EXPECT_GT(polar, 5U);
}

TEST(Footprint, LeavesOutPointsWithoutAPosition) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  TieGrid grid = box(5, 15, 40, 50);
  grid.longitude_deg[0] = kNone;
  grid.latitude_deg[0] = kNone;
  const Footprint triangle = footprint(grid);
  expect_valid(triangle);
  EXPECT_EQ(triangle.polygons[0].size(), 4U);
  grid.longitude_deg.assign(4, kNone);
  EXPECT_TRUE(footprint(grid).polygons.empty());
  EXPECT_TRUE(footprint(TieGrid{}).polygons.empty());
}

}  // namespace
}  // namespace dl::calibrate
