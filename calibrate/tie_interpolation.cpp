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

void CosineInterpolator::place_pixels(std::size_t count) {
  stretches_.clear();
  weight_after_.clear();
  for (std::size_t x = 0; x < count; ++x) {
    const Between at = locate(grid_.pixels, static_cast<double>(x));
    weight_after_.push_back(at.weight_after);
    if (stretches_.empty() || stretches_.back().before != at.before || stretches_.back().after != at.after) {
      stretches_.push_back({x, at.before, at.after});
    }
    stretches_.back().end = x + 1;
  }
}

void CosineInterpolator::line(std::size_t line, std::span<double> out) {
  if (weight_after_.size() != out.size()) place_pixels(out.size());
  const Between rows = locate(grid_.lines, static_cast<double>(line));
  const std::size_t columns = grid_.columns();
  std::vector<double> row(columns);
  for (std::size_t c = 0; c < columns; ++c) {
    const double before = cosine_[rows.before * columns + c];
    row[c] = before + (cosine_[rows.after * columns + c] - before) * rows.weight_after;
  }
  std::size_t x = 0;
  for (const Stretch& stretch : stretches_) {
    const double before = row[stretch.before];
    const double step = row[stretch.after] - before;
    for (; x < stretch.end; ++x) out[x] = before + step * weight_after_[x];
  }
}

}  // namespace dl::calibrate
