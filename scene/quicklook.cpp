#include "scene/quicklook.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dl::scene {

namespace {

using calibrate::kNoData;
using calibrate::Quantity;

struct Thinned {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<std::uint16_t> values;  // [line][pixel]
};

std::uint16_t mean_of_block(const calibrate::CalibratedGranule& granule, const calibrate::Band& band,
                            std::size_t first_line, std::size_t first_pixel, std::size_t factor) {
  const std::size_t end_line = std::min(first_line + factor, granule.line_count);
  const std::size_t end_pixel = std::min(first_pixel + factor, granule.pixel_count);
  std::uint64_t sum = 0;
  std::uint64_t count = 0;
  for (std::size_t line = first_line; line < end_line; ++line) {
    const std::uint16_t* row = band.values.data() + line * granule.pixel_count;
    for (std::size_t pixel = first_pixel; pixel < end_pixel; ++pixel) {
      if (row[pixel] == kNoData) continue;
      sum += row[pixel];
      ++count;
    }
  }
  return count == 0 ? kNoData : static_cast<std::uint16_t>((sum + count / 2) / count);
}

Thinned thin(const calibrate::CalibratedGranule& granule, const calibrate::Band& band) {
  const std::size_t factor = (granule.pixel_count + kQuicklookMaxWidth - 1) / kQuicklookMaxWidth;
  Thinned result{(granule.pixel_count + factor - 1) / factor, (granule.line_count + factor - 1) / factor, {}};
  result.values.reserve(result.width * result.height);
  for (std::size_t line = 0; line < granule.line_count; line += factor) {
    for (std::size_t pixel = 0; pixel < granule.pixel_count; pixel += factor) {
      result.values.push_back(mean_of_block(granule, band, line, pixel, factor));
    }
  }
  return result;
}

// Stored value -> grey level.
std::vector<Byte> stretch_table(const calibrate::Band& band, const Thinned& thinned) {
  constexpr double kGamma = 1.8;
  std::vector<std::uint16_t> valid;
  std::copy_if(thinned.values.begin(), thinned.values.end(), std::back_inserter(valid),
               [](std::uint16_t value) { return value != kNoData; });
  std::vector<Byte> table(std::size_t{kNoData} + 1, 0);
  if (valid.empty()) return table;
  std::sort(valid.begin(), valid.end());
  const double low = valid[(valid.size() - 1) * 2 / 100];
  const double high = std::max<double>(valid[(valid.size() - 1) * 98 / 100], low + 1);
  const bool inverted = (band.quantity == Quantity::brightness_temperature) != (band.scale < 0);
  const bool lifted = band.quantity != Quantity::counts && band.quantity != Quantity::brightness_temperature;
  for (std::size_t value = 0; value < table.size(); ++value) {
    const double place = std::clamp((static_cast<double>(value) - low) / (high - low), 0.0, 1.0);
    const double upright = inverted ? 1 - place : place;
    table[value] = static_cast<Byte>(std::lround(255 * (lifted ? std::pow(upright, 1 / kGamma) : upright)));
  }
  return table;
}

std::vector<const calibrate::Band*> chosen_bands(const calibrate::CalibratedGranule& granule) {
  std::vector<const calibrate::Band*> bands;
  for (const std::string& name : granule.quicklook_bands) {
    const auto found = std::find_if(granule.bands.begin(), granule.bands.end(),
                                    [&](const calibrate::Band& band) { return band.name == name; });
    if (found != granule.bands.end()) bands.push_back(&*found);
  }
  if (bands.empty()) bands.push_back(&granule.bands.front());
  if (bands.size() != 3) bands.resize(1);
  return bands;
}

void rotate_180(Picture& picture) {
  Bytes rotated;
  rotated.reserve(picture.samples.size());
  for (std::size_t end = picture.samples.size(); end > 0; end -= picture.channels) {
    const auto pixel = picture.samples.begin() + static_cast<std::ptrdiff_t>(end - picture.channels);
    rotated.insert(rotated.end(), pixel, pixel + static_cast<std::ptrdiff_t>(picture.channels));
  }
  picture.samples = std::move(rotated);
}

// From one point of the grid to another, in degrees of the great circle; NaN where one is not known.
struct Step {
  double east = 0;
  double north = 0;
};
Step step_between(const calibrate::TieGrid& grid, std::size_t from, std::size_t to) {
  const double shrink = std::cos(grid.latitude_deg[from] * std::numbers::pi / 180);
  return {shrink * std::remainder(grid.longitude_deg[to] - grid.longitude_deg[from], 360.0),
          grid.latitude_deg[to] - grid.latitude_deg[from]};
}

// An instrument that scans from left to right (sounders) shows the Earth as in a mirror: the picture is turned over,
// about the axis that brings north up.
void undo_mirror(Picture& picture, const calibrate::TieGrid& grid) {
  if (grid.rows() < 2 || grid.columns() < 2) return;
  const std::size_t middle = (grid.rows() - 1) / 2 * grid.columns() + (grid.columns() - 1) / 2;
  const Step along_pixels = step_between(grid, middle, middle + 1);
  const Step along_lines = step_between(grid, middle, middle + grid.columns());
  const double turn = along_pixels.east * along_lines.north - along_pixels.north * along_lines.east;
  if (!(turn > 0)) return;  // also where it is not known
  const bool upside_down = along_lines.north > 0;
  Bytes turned;
  turned.reserve(picture.samples.size());
  for (std::size_t y = 0; y < picture.height; ++y) {
    for (std::size_t x = 0; x < picture.width; ++x) {
      const std::size_t from_y = upside_down ? picture.height - 1 - y : y;
      const std::size_t from_x = upside_down ? x : picture.width - 1 - x;
      const auto pixel =
          picture.samples.begin() + static_cast<std::ptrdiff_t>((from_y * picture.width + from_x) * picture.channels);
      turned.insert(turned.end(), pixel, pixel + static_cast<std::ptrdiff_t>(picture.channels));
    }
  }
  picture.samples = std::move(turned);
}

}  // namespace

Picture make_quicklook(const calibrate::CalibratedGranule& granule) {
  const std::vector<const calibrate::Band*> bands = chosen_bands(granule);
  Picture picture;
  picture.channels = bands.size() + 1;
  for (std::size_t channel = 0; channel < bands.size(); ++channel) {
    const Thinned thinned = thin(granule, *bands[channel]);
    const std::vector<Byte> table = stretch_table(*bands[channel], thinned);
    picture.width = thinned.width;
    picture.height = thinned.height;
    picture.samples.resize(thinned.values.size() * picture.channels);
    for (std::size_t i = 0; i < thinned.values.size(); ++i) {
      if (thinned.values[i] == kNoData) continue;
      picture.samples[i * picture.channels + channel] = table[thinned.values[i]];
      picture.samples[(i + 1) * picture.channels - 1] = 255;
    }
  }
  if (granule.quicklook_rotate_180) rotate_180(picture);
  if (granule.tie_grid) undo_mirror(picture, *granule.tie_grid);
  return picture;
}

}  // namespace dl::scene
