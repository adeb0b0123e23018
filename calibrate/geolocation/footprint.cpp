#include "calibrate/geolocation/footprint.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace dl::calibrate {

namespace {

using Ring = std::vector<LonLat>;  // open: the first point is not repeated

// The grid's outer rows and columns in one sense of turning.
Ring edge_of(const TieGrid& grid) {
  Ring ring;
  const auto add = [&](std::size_t row, std::size_t column) {
    const std::size_t i = row * grid.columns() + column;
    const LonLat point{grid.longitude_deg[i], grid.latitude_deg[i]};
    if (!std::isfinite(point.longitude_deg) || !std::isfinite(point.latitude_deg)) return;
    if (!ring.empty() && ring.back().longitude_deg == point.longitude_deg &&
        ring.back().latitude_deg == point.latitude_deg) {
      return;
    }
    ring.push_back(point);
  };
  const auto along = [](std::size_t last, auto&& visit) {
    for (std::size_t i = 0; i < last; ++i) visit(i);
  };
  const std::size_t last_row = grid.rows() - 1;
  const std::size_t last_column = grid.columns() - 1;
  along(last_column, [&](std::size_t i) { add(0, i); });
  along(last_row, [&](std::size_t i) { add(i, last_column); });
  along(last_column, [&](std::size_t i) { add(last_row, last_column - i); });
  along(last_row, [&](std::size_t i) { add(last_row - i, 0); });
  return ring;
}

double shortest_turn(double from_deg, double to_deg) {
  return std::remainder(to_deg - from_deg, 360.0);
}

// Longitudes continued beyond 180 so that no step is longer than half a turn. Returns how far the closed ring turns
// about the axis: 0, or +-360 when it encloses a pole.
double unwrap(Ring& ring) {
  const double first = ring.front().longitude_deg;
  for (std::size_t i = 1; i < ring.size(); ++i) {
    const double previous = ring[i - 1].longitude_deg;
    ring[i].longitude_deg = previous + shortest_turn(previous, ring[i].longitude_deg);
  }
  const double closing = ring.back().longitude_deg + shortest_turn(ring.back().longitude_deg, first);
  return std::round((closing - first) / 360.0) * 360.0;
}

LonLat at_longitude(const LonLat& a, const LonLat& b, double longitude_deg) {
  const double part = (longitude_deg - a.longitude_deg) / (b.longitude_deg - a.longitude_deg);
  return {longitude_deg, a.latitude_deg + part * (b.latitude_deg - a.latitude_deg)};
}

// A ring that turns once about a pole becomes one that begins and ends at the antimeridian and is closed along the
// pole's edge of the map.
Ring led_over_the_pole(Ring ring, double turn_deg) {
  // Repeat the first point a turn further on, then begin where the ring crosses an odd multiple of 180.
  ring.push_back({ring.front().longitude_deg + turn_deg, ring.front().latitude_deg});
  std::size_t cut = 0;
  double meridian = 0;
  for (; cut + 1 < ring.size(); ++cut) {
    const auto [low, high] = std::minmax(ring[cut].longitude_deg, ring[cut + 1].longitude_deg);
    meridian = std::floor((high + 180) / 360) * 360 - 180;
    if (low <= meridian && meridian < high) break;
  }
  const LonLat seam = at_longitude(ring[cut], ring[cut + 1], meridian);
  double latitude_sum = 0;
  Ring open = {seam};
  for (std::size_t k = 1; k < ring.size(); ++k) {
    const std::size_t i = (cut + k) % (ring.size() - 1);
    const double turns = cut + k >= ring.size() - 1 ? turn_deg : 0;
    open.push_back({ring[i].longitude_deg + turns, ring[i].latitude_deg});
    latitude_sum += ring[i].latitude_deg;
  }
  open.push_back({seam.longitude_deg + turn_deg, seam.latitude_deg});
  const double pole = latitude_sum > 0 ? 90 : -90;
  open.push_back({seam.longitude_deg + turn_deg, pole});
  open.push_back({seam.longitude_deg, pole});
  return open;
}

// The parts of a simple ring on one side of a meridian. The chains of points on that side are joined along the
// meridian, where sorted crossings bound the inside in pairs.
std::vector<Ring> side_of(const Ring& ring, double meridian_deg, bool east) {
  const auto inside = [&](const LonLat& p) { return (p.longitude_deg >= meridian_deg) == east; };
  struct Crossing {
    double latitude_deg;
    std::size_t chain;
    bool enters;  // the chain begins here
  };
  std::vector<Ring> chains;
  std::vector<Crossing> crossings;
  const auto start = static_cast<std::size_t>(std::find_if_not(ring.begin(), ring.end(), inside) - ring.begin());
  if (start == ring.size()) return {ring};
  for (std::size_t k = 0; k < ring.size(); ++k) {
    const LonLat& a = ring[(start + k) % ring.size()];
    const LonLat& b = ring[(start + k + 1) % ring.size()];
    if (inside(a) == inside(b)) {
      if (inside(b)) chains.back().push_back(b);
      continue;
    }
    const LonLat on_meridian = at_longitude(a, b, meridian_deg);
    if (inside(b)) {
      chains.push_back({on_meridian, b});
      crossings.push_back({on_meridian.latitude_deg, chains.size() - 1, true});
    } else {
      chains.back().push_back(on_meridian);
      crossings.push_back({on_meridian.latitude_deg, chains.size() - 1, false});
    }
  }
  std::stable_sort(crossings.begin(), crossings.end(),
                   [](const Crossing& a, const Crossing& b) { return a.latitude_deg < b.latitude_deg; });
  // The chain that begins where the given one ends.
  std::vector<std::size_t> next(chains.size());
  for (std::size_t i = 0; i + 1 < crossings.size(); i += 2) {
    const Crossing& first = crossings[i].enters ? crossings[i + 1] : crossings[i];
    const Crossing& second = crossings[i].enters ? crossings[i] : crossings[i + 1];
    next[first.chain] = second.chain;
  }
  std::vector<Ring> parts;
  std::vector<bool> used(chains.size(), false);
  for (std::size_t i = 0; i < chains.size(); ++i) {
    Ring part;
    for (std::size_t chain = i; !used[chain]; chain = next[chain]) {
      used[chain] = true;
      part.insert(part.end(), chains[chain].begin(), chains[chain].end());
    }
    if (part.size() >= 3) parts.push_back(std::move(part));
  }
  return parts;
}

double signed_area(const Ring& ring) {
  double twice = 0;
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const LonLat& a = ring[i];
    const LonLat& b = ring[(i + 1) % ring.size()];
    twice += a.longitude_deg * b.latitude_deg - b.longitude_deg * a.latitude_deg;
  }
  return twice / 2;
}

// Into -180 to 180, without repeated points, counter-clockwise and closed; empty when nothing is left.
Ring finished(Ring ring, double shift_deg) {
  for (LonLat& point : ring) point.longitude_deg = std::clamp(point.longitude_deg + shift_deg, -180.0, 180.0);
  const auto same = [](const LonLat& a, const LonLat& b) {
    return a.longitude_deg == b.longitude_deg && a.latitude_deg == b.latitude_deg;
  };
  ring.erase(std::unique(ring.begin(), ring.end(), same), ring.end());
  if (ring.size() > 1 && same(ring.front(), ring.back())) ring.pop_back();
  const double area = signed_area(ring);
  if (ring.size() < 3 || area == 0) return {};
  if (area < 0) std::reverse(ring.begin(), ring.end());
  ring.push_back(ring.front());
  return ring;
}

}  // namespace

Footprint footprint(const TieGrid& grid) {
  Footprint result;
  if (grid.rows() < 2 || grid.columns() < 2) return result;
  Ring ring = edge_of(grid);
  if (ring.size() < 3) return result;
  const double turn = unwrap(ring);
  if (turn != 0) ring = led_over_the_pole(std::move(ring), turn);

  const auto by_longitude = [](const LonLat& a, const LonLat& b) { return a.longitude_deg < b.longitude_deg; };
  const auto by_latitude = [](const LonLat& a, const LonLat& b) { return a.latitude_deg < b.latitude_deg; };
  const auto [west, east] = std::minmax_element(ring.begin(), ring.end(), by_longitude);
  const auto [south, north] = std::minmax_element(ring.begin(), ring.end(), by_latitude);
  const double first_world = std::floor((west->longitude_deg + 180) / 360);
  const double last_world = std::max(first_world, std::ceil((east->longitude_deg + 180) / 360) - 1);
  for (double world = first_world; world <= last_world; ++world) {
    for (const Ring& eastern : side_of(ring, world * 360 - 180, true)) {
      for (Ring& part : side_of(eastern, world * 360 + 180, false)) {
        if (Ring polygon = finished(std::move(part), -world * 360); !polygon.empty()) {
          result.polygons.push_back(std::move(polygon));
        }
      }
    }
  }
  const bool all_around = turn != 0 || east->longitude_deg - west->longitude_deg >= 360;
  result.bbox = {all_around ? -180 : west->longitude_deg - first_world * 360, south->latitude_deg,
                 all_around ? 180 : east->longitude_deg - last_world * 360, north->latitude_deg};
  return result;
}

}  // namespace dl::calibrate
