#include "scene/tie_grid_raster.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace dl::scene {

namespace {

// How a field of the grid may be continued in a straight line: an angle that turns around has a seam to be stepped over
// and to be brought back behind, another has an end.
struct FieldRange {
  double low = 0;
  double high = 0;
  bool periodic = false;
};
constexpr FieldRange kLongitude{-180, 180, true};
constexpr FieldRange kLatitude{-90, 90, false};
constexpr FieldRange kZenith{0, 180, false};
constexpr FieldRange kAzimuth{0, 360, true};

// The value `factor` times as far from `from` as `towards` is.
double extend(double from, double towards, double factor, const FieldRange& range) {
  const double period = range.high - range.low;
  const double step = range.periodic ? std::remainder(towards - from, period) : towards - from;
  const double value = from + step * factor;
  if (!range.periodic) return std::clamp(value, range.low, range.high);
  if (value >= range.low && value < range.high) return value;
  return value - period * std::floor((value - range.low) / period);
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
  const std::array<std::size_t, 6> sizes = {grid.longitude_deg.size(),     grid.latitude_deg.size(),
                                            grid.sun_zenith_deg.size(),    grid.sun_azimuth_deg.size(),
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

struct Extension {
  std::size_t rows = 0;
  std::size_t columns = 0;
  double row_factor = 1;
  double column_factor = 1;
};

template <class Number>
std::vector<Number> extend_field(std::vector<Number> values, const Extension& extension, const FieldRange& range) {
  const auto extend_point = [&](std::size_t target, std::size_t before, double factor) {
    values[target] = static_cast<Number>(extend(values[before], values[target], factor, range));
  };
  const std::size_t columns = extension.columns;
  const std::size_t last_row = extension.rows - 1;
  for (std::size_t column = 0; extension.row_factor != 1 && column < columns; ++column) {
    extend_point(last_row * columns + column, (last_row - 1) * columns + column, extension.row_factor);
  }
  for (std::size_t row = 0; extension.column_factor != 1 && row <= last_row; ++row) {
    extend_point(row * columns + columns - 1, row * columns + columns - 2, extension.column_factor);
  }
  return values;
}

// Indices of about `wanted` of `count` places, ends included.
std::vector<std::size_t> spread(std::size_t count, std::size_t wanted) {
  const std::size_t steps = std::min(count, wanted) - 1;
  std::vector<std::size_t> indices = {0};
  for (std::size_t i = 1; i <= steps; ++i) indices.push_back(i * (count - 1) / steps);
  return indices;
}

// Points that lie no closer than every eighth line or pixel: a sounder's grid has one for each, and with all of them
// the points would be most of the file.
std::size_t worth_while(const std::vector<double>& positions) {
  constexpr double kSpacing = 8;
  return static_cast<std::size_t>(std::ceil((positions.back() - positions.front()) / kSpacing)) + 1;
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
  const Extension extension{raster.rows, raster.columns, extension_factor(grid.lines, grid.line_step),
                            extension_factor(grid.pixels, grid.pixel_step)};
  raster.longitude_deg = extend_field(grid.longitude_deg, extension, kLongitude);
  raster.latitude_deg = extend_field(grid.latitude_deg, extension, kLatitude);
  raster.sun_zenith_deg = extend_field(grid.sun_zenith_deg, extension, kZenith);
  raster.sun_azimuth_deg = extend_field(grid.sun_azimuth_deg, extension, kAzimuth);
  raster.sensor_zenith_deg = extend_field(grid.sensor_zenith_deg, extension, kZenith);
  raster.sensor_azimuth_deg = extend_field(grid.sensor_azimuth_deg, extension, kAzimuth);
  return raster;
}

std::vector<GroundControlPoint> choose_ground_control_points(const calibrate::TieGrid& grid) {
  // 20 x 25: instruments.md section 11.
  constexpr std::size_t kRows = 20;
  constexpr std::size_t kColumns = 25;
  const auto known =
      std::find_if(grid.longitude_deg.begin() + static_cast<std::ptrdiff_t>(grid.longitude_deg.size() / 2),
                   grid.longitude_deg.end(), [](double value) { return std::isfinite(value); });
  const double centre_longitude_deg = known == grid.longitude_deg.end() ? 0 : *known;
  std::vector<GroundControlPoint> points;
  for (const std::size_t row : spread(grid.rows(), std::min(kRows, worth_while(grid.lines)))) {
    for (const std::size_t column : spread(grid.columns(), std::min(kColumns, worth_while(grid.pixels)))) {
      const std::size_t i = row * grid.columns() + column;
      if (!std::isfinite(grid.longitude_deg[i]) || !std::isfinite(grid.latitude_deg[i])) continue;
      const double longitude_deg =
          centre_longitude_deg + std::remainder(grid.longitude_deg[i] - centre_longitude_deg, 360.0);
      points.push_back({grid.pixels[column] + 0.5, grid.lines[row] + 0.5, longitude_deg, grid.latitude_deg[i]});
    }
  }
  return points;
}

}  // namespace dl::scene
