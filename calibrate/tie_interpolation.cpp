#include "calibrate/tie_interpolation.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

namespace dl::calibrate {
namespace {

struct Between {
  std::size_t before = 0;
  std::size_t after = 0;
  double weight_after = 0;
};

// Where `position` lies among ascending `knots` (at least one).
Between locate(const std::vector<double>& knots, double position) {
  const auto above = std::upper_bound(knots.begin(), knots.end(), position);
  if (above == knots.begin()) return {0, 0, 0.0};
  const std::size_t after = static_cast<std::size_t>(above - knots.begin());
  if (above == knots.end()) return {after - 1, after - 1, 0.0};
  return {after - 1, after, (position - knots[after - 1]) / (knots[after] - knots[after - 1])};
}

}  // namespace

CosineInterpolator::CosineInterpolator(const TieGrid& grid, const std::vector<float>& angle_deg) : grid_(grid) {
  assert(grid.rows() > 0 && grid.columns() > 0 && angle_deg.size() == grid.rows() * grid.columns());
  cosine_.reserve(angle_deg.size());
  for (const float angle : angle_deg) cosine_.push_back(std::cos(double{angle} * std::numbers::pi / 180.0));
}

void CosineInterpolator::line(std::size_t line, std::span<double> out) const {
  const Between rows = locate(grid_.lines, static_cast<double>(line));
  const std::size_t columns = grid_.columns();
  std::vector<double> row(columns);
  for (std::size_t c = 0; c < columns; ++c) {
    const double before = cosine_[rows.before * columns + c];
    row[c] = before + (cosine_[rows.after * columns + c] - before) * rows.weight_after;
  }
  for (std::size_t x = 0; x < out.size(); ++x) {
    const Between at = locate(grid_.pixels, static_cast<double>(x));
    out[x] = row[at.before] + (row[at.after] - row[at.before]) * at.weight_after;
  }
}

}  // namespace dl::calibrate
