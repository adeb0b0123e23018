#include "scene/tie_grid_raster.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "scene/test_granule.h"

namespace dl::scene {
namespace {

using calibrate::LonLat;

constexpr double kRadian = std::numbers::pi / 180;

double distance_m(LonLat a, LonLat b) {
  const double x =
      (a.longitude_deg - b.longitude_deg) * kRadian * std::cos((a.latitude_deg + b.latitude_deg) / 2 * kRadian);
  const double y = (a.latitude_deg - b.latitude_deg) * kRadian;
  return 6'371'000 * std::hypot(x, y);
}

// What docs/formats/scene.md tells a reader to do, for the centre of a pixel.
LonLat read_position(const TieGridRaster& raster, double line, double pixel) {
  const double row = (line + 0.5 - raster.line_offset) / raster.line_step;
  const double column = (pixel + 0.5 - raster.pixel_offset) / raster.pixel_step;
  const auto r = std::min(static_cast<std::size_t>(row), raster.rows - 2);
  const auto c = std::min(static_cast<std::size_t>(column), raster.columns - 2);
  const double v = row - static_cast<double>(r);
  const double u = column - static_cast<double>(c);
  const auto blend = [&](const std::vector<double>& values, double seam) {
    const double first = values[r * raster.columns + c];
    const auto near_first = [&](std::size_t i) {
      return seam == 0 ? values[i] : first + std::remainder(values[i] - first, seam);
    };
    return (1 - v) * ((1 - u) * first + u * near_first(r * raster.columns + c + 1)) +
           v * ((1 - u) * near_first((r + 1) * raster.columns + c) + u * near_first((r + 1) * raster.columns + c + 1));
  };
  return {std::remainder(blend(raster.longitude_deg, 360), 360.0), blend(raster.latitude_deg, 0)};
}

double worst_error_m(const test::GranuleShape& shape) {
  const auto granule = test::make_granule(shape);
  const auto raster = make_tie_grid_raster(*granule.tie_grid);
  EXPECT_TRUE(raster) << raster.error().message;
  double worst_m = 0;
  for (std::size_t line = 0; line < shape.lines; ++line) {
    for (std::size_t pixel = 0; pixel < shape.pixels; ++pixel) {
      // All of the last cells, where the grid was made regular; a sample of the rest.
      if (line + 12 < shape.lines && pixel + 12 < shape.pixels && (line * 7 + pixel) % 13 != 0) continue;
      const auto x = static_cast<double>(pixel);
      const auto y = static_cast<double>(line);
      worst_m = std::max(worst_m, distance_m(read_position(*raster, y, x), test::true_position(shape, y, x)));
    }
  }
  return worst_m;
}

TEST(TieGridRaster, GivesPositionsByTheDocumentedConvention) {
  // instruments.md section 11: at step 8 linear interpolation is off by up to 262 m at the edge of an AVHRR swath.
  EXPECT_LT(worst_error_m({.lines = 300, .pixels = 2048, .tie_step = 8, .node_longitude_deg = 10}), 300);
}

TEST(TieGridRaster, GivesPositionsWhereTheLastStepIsShort) {
  // The last steps are 1 (1025 = 128 * 8 + 1), 3, and the full 8.
  EXPECT_LT(worst_error_m({.lines = 90, .pixels = 2042, .tie_step = 8, .node_longitude_deg = 10}), 300);
  EXPECT_LT(worst_error_m({.lines = 84, .pixels = 2044, .tie_step = 8, .node_longitude_deg = -165}), 300);
  EXPECT_LT(worst_error_m({.lines = 81, .pixels = 2049, .tie_step = 8, .node_longitude_deg = -165}), 300);
}

TEST(TieGridRaster, MeetsTheTrueLastPointsExactly) {
  const test::GranuleShape shape{.lines = 90, .pixels = 2042, .tie_step = 8, .node_longitude_deg = 10};
  const auto granule = test::make_granule(shape);
  const auto raster = make_tie_grid_raster(*granule.tie_grid).value();
  for (std::size_t column = 0; column + 1 < raster.columns; ++column) {
    const auto pixel = static_cast<double>(column * 8);
    EXPECT_LT(distance_m(read_position(raster, 89, pixel), test::true_position(shape, 89, pixel)), 0.01);
  }
  EXPECT_LT(distance_m(read_position(raster, 89, 2041), test::true_position(shape, 89, 2041)), 0.01);
}

TEST(TieGridRaster, LeavesARegularGridAsItIs) {
  const auto granule = test::make_granule({.lines = 81, .pixels = 65, .tie_step = 8, .node_longitude_deg = 10});
  const auto raster = make_tie_grid_raster(*granule.tie_grid).value();
  EXPECT_EQ(raster.longitude_deg, granule.tie_grid->longitude_deg);
  EXPECT_EQ(raster.sensor_zenith_deg, granule.tie_grid->sensor_zenith_deg);
  EXPECT_EQ(raster.line_offset, 0.5);
}

TEST(TieGridRaster, ExtendsAnglesWithinTheirRange) {
  const auto granule = test::make_granule({.lines = 90, .pixels = 1026, .tie_step = 8, .node_longitude_deg = 10});
  const auto raster = make_tie_grid_raster(*granule.tie_grid).value();
  for (std::size_t i = 0; i < raster.sun_zenith_deg.size(); ++i) {
    ASSERT_GE(raster.sun_zenith_deg[i], 0);
    ASSERT_LE(raster.sun_zenith_deg[i], 180);
    ASSERT_GE(raster.sensor_azimuth_deg[i], 0);
    ASSERT_LT(raster.sensor_azimuth_deg[i], 360);
  }
  // The last column moved from pixel 1025 to 1032: 7 steps further from nadir than the true last pixel.
  const std::size_t last = raster.columns - 1;
  EXPECT_NEAR(raster.sensor_zenith_deg[last], 68 + 136.0 * 7 / 1025, 0.01);
}

TEST(TieGridRaster, StepsOverTheSeamsOfLongitudeAndAzimuth) {
  calibrate::TieGrid grid;
  grid.line_step = 8;
  grid.pixel_step = 8;
  grid.lines = {0, 8, 10};
  grid.pixels = {0, 8};
  grid.longitude_deg = {170, 175, 178, -179, -179, -177};
  grid.latitude_deg = {88, 88, 89, 89, 89.5, 89.5};
  grid.sun_zenith_deg = {10, 10, 2, 2, 1, 1};
  grid.sun_azimuth_deg = {350, 5, 350, 5, 355, 4};
  grid.sensor_zenith_deg = std::vector<float>(6, 30);
  grid.sensor_azimuth_deg = std::vector<float>(6, 0);
  const auto raster = make_tie_grid_raster(grid).value();
  EXPECT_DOUBLE_EQ(raster.longitude_deg[4], -170);  // 178 + 4 * 3
  EXPECT_DOUBLE_EQ(raster.longitude_deg[5], -171);
  EXPECT_DOUBLE_EQ(raster.latitude_deg[4], 90);  // held at the pole
  EXPECT_FLOAT_EQ(raster.sun_zenith_deg[4], 0);
  EXPECT_FLOAT_EQ(raster.sun_azimuth_deg[4], 10);  // 350 + 4 * 5
  EXPECT_FLOAT_EQ(raster.sun_azimuth_deg[5], 1);
}

TEST(TieGridRaster, RefusesAGridThatIsNotWhatItSays) {
  auto granule = test::make_granule({.lines = 90, .pixels = 65, .tie_step = 8, .node_longitude_deg = 10});
  auto grid = *granule.tie_grid;
  grid.lines[3] += 1;
  EXPECT_FALSE(make_tie_grid_raster(grid));
  grid = *granule.tie_grid;
  grid.latitude_deg.pop_back();
  EXPECT_FALSE(make_tie_grid_raster(grid));
  EXPECT_FALSE(make_tie_grid_raster(calibrate::TieGrid{}));
}

TEST(GroundControlPoints, AreAFewHundredAtTrueAndContinuousPositions) {
  const test::GranuleShape shape{.lines = 300, .pixels = 2048, .tie_step = 8, .node_longitude_deg = -165};
  const auto granule = test::make_granule(shape);
  const auto points = choose_ground_control_points(*granule.tie_grid);
  EXPECT_EQ(points.size(), 500U);
  EXPECT_EQ(points.front().pixel, 0.5);
  EXPECT_EQ(points.back().pixel, 2047.5);
  EXPECT_EQ(points.back().line, 299.5);
  for (std::size_t i = 1; i < points.size(); ++i) {
    EXPECT_LT(std::abs(points[i].longitude_deg - points[0].longitude_deg), 180);
    const LonLat expected = test::true_position(shape, points[i].line - 0.5, points[i].pixel - 0.5);
    EXPECT_LT(distance_m({std::remainder(points[i].longitude_deg, 360.0), points[i].latitude_deg}, expected), 1);
  }
}

TEST(GroundControlPoints, LeaveOutWhatHasNoPosition) {
  auto granule = test::make_granule({.lines = 20, .pixels = 20, .tie_step = 8, .node_longitude_deg = 10});
  granule.tie_grid->longitude_deg[0] = std::nan("");
  EXPECT_EQ(choose_ground_control_points(*granule.tie_grid).size(), granule.tie_grid->longitude_deg.size() - 1);
}

TEST(GroundControlPoints, OfASwathThatIsLocatedPixelByPixelAreFew) {
  const auto granule = test::make_granule({.lines = 22, .pixels = 30, .tie_step = 1, .node_longitude_deg = 10});
  const auto points = choose_ground_control_points(*granule.tie_grid);
  EXPECT_EQ(points.size(), 4U * 5U);
  EXPECT_EQ(points.back().pixel, 29.5);
  EXPECT_EQ(points.back().line, 21.5);
  const auto one_line = test::make_granule({.lines = 1, .pixels = 30, .tie_step = 1, .node_longitude_deg = 10});
  EXPECT_EQ(choose_ground_control_points(*one_line.tie_grid).size(), 5U);
}

}  // namespace
}  // namespace dl::scene
