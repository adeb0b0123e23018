#include "scene/tie_grid_raster.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

namespace dl::scene {

namespace {

using Vector = std::array<double, 3>;
constexpr double kRadian = std::numbers::pi / 180;

// A direction on the unit sphere: positions as normals of the ellipsoid, angles as lines of sight. Unlike degrees it
// has no seam at the antimeridian and none at the pole.
struct Direction {
  double azimuth_deg = 0;
  double elevation_deg = 0;
};

Vector to_vector(Direction direction) {
  const double azimuth = direction.azimuth_deg * kRadian;
  const double elevation = direction.elevation_deg * kRadian;
  return {std::cos(elevation) * std::cos(azimuth), std::cos(elevation) * std::sin(azimuth), std::sin(elevation)};
}

Direction to_direction(const Vector& vector) {
  return {std::atan2(vector[1], vector[0]) / kRadian,
          std::atan2(vector[2], std::hypot(vector[0], vector[1])) / kRadian};
}

// The point `factor` times as far from `from` as `towards` is.
Direction extend(Direction from, Direction towards, double factor) {
  const Vector start = to_vector(from);
  const Vector end = to_vector(towards);
  Vector result{};
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = start[i] + (end[i] - start[i]) * factor;
  return to_direction(result);
}

// The last of `positions` may come before its regular place, none of the others may.
Result<void> check_axis(const char* axis, const std::vector<double>& positions, std::uint32_t step) {
  constexpr double kTolerance = 1e-6;
  for (std::size_t i = 1; i < positions.size(); ++i) {
    const double regular = positions[0] + static_cast<double>(i) * step;
    const bool last = i + 1 == positions.size();
    const bool fits = last ? positions[i] > positions[i - 1] && positions[i] <= regular + kTolerance
                           : std::abs(positions[i] - regular) <= kTolerance;
    if (fits) continue;
    return fail(ErrorKind::permanent, fmt::format("the tie grid's {} {} is at {}, expected {} with step {}", axis, i,
                                                  positions[i], regular, step));
  }
  return {};
}

Result<void> check_grid(const calibrate::TieGrid& grid) {
  const std::size_t points = grid.rows() * grid.columns();
  const std::array<std::size_t, 6> sizes = {grid.longitude_deg.size(),  grid.latitude_deg.size(),
                                            grid.sun_zenith_deg.size(), grid.sun_azimuth_deg.size(),
                                            grid.sensor_zenith_deg.size(), grid.sensor_azimuth_deg.size()};
  for (const std::size_t size : sizes) {
    if (size == points && points > 0) continue;
    return fail(ErrorKind::permanent, fmt::format("the tie grid has {} rows and {} columns, but an array of {} values",
                                                  grid.rows(), grid.columns(), size));
  }
  DL_CHECK(check_axis("row", grid.lines, grid.line_step));
  return check_axis("column", grid.pixels, grid.pixel_step);
}

// How far the regular place of the last point is from the one before it, in units of where the point truly is.
// 1: it is there already, or there is no other point to go by.
double extension_factor(const std::vector<double>& positions, std::uint32_t step) {
  if (positions.size() < 2) return 1;
  return step / (positions.back() - positions[positions.size() - 2]);
}

// Two rasters that together are a direction at each point.
template <class Number>
void extend_grid(std::size_t rows, std::size_t columns, double row_factor, double column_factor,
                 std::vector<Number>& azimuth, std::vector<Number>& elevation) {
  const auto extend_point = [&](std::size_t target, std::size_t before, double factor) {
    const Direction result =
        extend({azimuth[before], elevation[before]}, {azimuth[target], elevation[target]}, factor);
    azimuth[target] = static_cast<Number>(result.azimuth_deg);
    elevation[target] = static_cast<Number>(result.elevation_deg);
  };
  for (std::size_t column = 0; row_factor != 1 && column < columns; ++column) {
    extend_point((rows - 1) * columns + column, (rows - 2) * columns + column, row_factor);
  }
  for (std::size_t row = 0; column_factor != 1 && row < rows; ++row) {
    extend_point(row * columns + columns - 1, row * columns + columns - 2, column_factor);
  }
}

void extend_angles(std::size_t rows, std::size_t columns, double row_factor, double column_factor,
                   std::vector<float>& azimuth, std::vector<float>& zenith) {
  // Untouched where nothing is moved: 90 - (90 - x) is not always x.
  if (row_factor == 1 && column_factor == 1) return;
  std::vector<double> wide_azimuth(azimuth.begin(), azimuth.end());
  std::vector<double> elevation(zenith.size());
  std::transform(zenith.begin(), zenith.end(), elevation.begin(), [](float angle) { return 90.0 - angle; });
  extend_grid(rows, columns, row_factor, column_factor, wide_azimuth, elevation);
  const auto write_back = [&](std::size_t i) {
    const double turned = wide_azimuth[i] < 0 ? wide_azimuth[i] + 360 : wide_azimuth[i];
    azimuth[i] = static_cast<float>(turned);
    zenith[i] = static_cast<float>(90.0 - elevation[i]);
  };
  for (std::size_t row = 0; row < rows; ++row) {
    if (column_factor != 1) write_back(row * columns + columns - 1);
  }
  for (std::size_t column = 0; column < columns; ++column) {
    if (row_factor != 1) write_back((rows - 1) * columns + column);
  }
}

// Indices of about `wanted` of `count` places, ends included.
std::vector<std::size_t> spread(std::size_t count, std::size_t wanted) {
  const std::size_t steps = std::min(count, wanted) - 1;
  std::vector<std::size_t> indices = {0};
  for (std::size_t i = 1; i <= steps; ++i) indices.push_back(i * (count - 1) / steps);
  return indices;
}

}  // namespace

Result<TieGridRaster> make_tie_grid_raster(const calibrate::TieGrid& grid) {
  DL_CHECK(check_grid(grid));
  TieGridRaster raster;
  raster.rows = grid.rows();
  raster.columns = grid.columns();
  raster.line_offset = grid.lines.front() + 0.5;
  raster.pixel_offset = grid.pixels.front() + 0.5;
  raster.line_step = grid.line_step;
  raster.pixel_step = grid.pixel_step;
  raster.longitude_deg = grid.longitude_deg;
  raster.latitude_deg = grid.latitude_deg;
  raster.sun_zenith_deg = grid.sun_zenith_deg;
  raster.sun_azimuth_deg = grid.sun_azimuth_deg;
  raster.sensor_zenith_deg = grid.sensor_zenith_deg;
  raster.sensor_azimuth_deg = grid.sensor_azimuth_deg;

  const double row_factor = extension_factor(grid.lines, grid.line_step);
  const double column_factor = extension_factor(grid.pixels, grid.pixel_step);
  extend_grid(raster.rows, raster.columns, row_factor, column_factor, raster.longitude_deg, raster.latitude_deg);
  extend_angles(raster.rows, raster.columns, row_factor, column_factor, raster.sun_azimuth_deg, raster.sun_zenith_deg);
  extend_angles(raster.rows, raster.columns, row_factor, column_factor, raster.sensor_azimuth_deg,
                raster.sensor_zenith_deg);
  return raster;
}

std::vector<GroundControlPoint> choose_ground_control_points(const calibrate::TieGrid& grid) {
  // 20 x 25: instruments.md section 11.
  constexpr std::size_t kRows = 20;
  constexpr std::size_t kColumns = 25;
  const std::size_t centre = (grid.rows() / 2) * grid.columns() + grid.columns() / 2;
  const double centre_longitude_deg = grid.longitude_deg[centre];
  std::vector<GroundControlPoint> points;
  for (const std::size_t row : spread(grid.rows(), kRows)) {
    for (const std::size_t column : spread(grid.columns(), kColumns)) {
      const std::size_t i = row * grid.columns() + column;
      const double longitude_deg =
          centre_longitude_deg + std::remainder(grid.longitude_deg[i] - centre_longitude_deg, 360.0);
      points.push_back({grid.pixels[column] + 0.5, grid.lines[row] + 0.5, longitude_deg, grid.latitude_deg[i]});
    }
  }
  return points;
}

}  // namespace dl::scene
