#include "decoders/packet_archive/outline.h"

#include <algorithm>
#include <cmath>

namespace dl::decoders::packet_archive {
namespace {

using calibrate::CalibratedGranule;
using calibrate::LonLat;
using calibrate::PacketGranule;

constexpr Seconds kStep{10};  // 66 km on the ground
constexpr std::size_t kPixels = 33;
constexpr std::uint32_t kPixelStep = 4;

struct Span {
  UtcTime first{};
  UtcTime last{};
};

// Of the verified packets, of which there is one at least.
Span span_of(const PacketGranule& granule) {
  Span span;
  bool found = false;
  for (const calibrate::ArchivedPacket& packet : granule.packets) {
    if (!packet.verified) continue;
    if (!std::exchange(found, true)) span.first = packet.time;
    span.last = packet.time;
  }
  return span;
}

// Every kStep, and the last; at least two, for one has no area.
std::vector<calibrate::Line> lines_of(const Span& span) {
  const UtcTime last = std::max(span.last, span.first + Seconds{1});
  std::vector<calibrate::Line> lines;
  for (UtcTime time = span.first; time < last; time += kStep) lines.push_back({time, 0});
  lines.push_back({last, 0});
  return lines;
}

calibrate::ScanGeometry geometry_between(double right_deg, double left_deg) {
  calibrate::ScanGeometry geometry;
  geometry.id = "outline";
  geometry.pixel_count = kPixels;
  geometry.first_angle_deg = right_deg;
  geometry.last_angle_deg = left_deg;
  geometry.tie_step = kPixelStep;
  geometry.attitude = calibrate::AttitudeLaw::local_normal_yaw_steering;
  return geometry;
}

CalibratedGranule located(const PacketGranule& granule, double right_deg, double left_deg,
                          const calibrate::OrbitBook& orbits) {
  CalibratedGranule shape;
  shape.lines = lines_of(span_of(granule));
  calibrate::locate(shape, geometry_between(right_deg, left_deg), orbits);
  return shape;
}

void take_over(PacketGranule& granule, const CalibratedGranule& shape) {
  granule.ungeolocated_reason = shape.ungeolocated_reason;
  granule.orbit_state = shape.orbit_state;
  granule.absolute_orbit = shape.absolute_orbit;
  granule.provenance.orbit = shape.provenance.orbit;
  granule.provenance.attitude_model = shape.provenance.attitude_model;
  granule.provenance.flags = shape.provenance.flags;
  granule.provenance.remarks = shape.provenance.remarks;
}

// The shortest range of longitudes, from west to east, that holds both; each may cross the antimeridian.
std::pair<double, double> longitudes_of_both(std::pair<double, double> one, std::pair<double, double> other) {
  const auto eastward = [](double from, double to) { return to >= from ? to - from : to - from + 360; };
  const auto from = [&](double west, std::pair<double, double> range) {
    return eastward(west, range.first) + eastward(range.first, range.second);
  };
  const double from_one = std::max(eastward(one.first, one.second), from(one.first, other));
  const double from_other = std::max(eastward(other.first, other.second), from(other.first, one));
  if (std::min(from_one, from_other) >= 360) return {-180, 180};
  const double west = from_one <= from_other ? one.first : other.first;
  const double east = west + std::min(from_one, from_other);
  return {west, east > 180 ? east - 360 : east};
}

calibrate::Footprint both(const calibrate::Footprint& right, const calibrate::Footprint& left) {
  calibrate::Footprint sum = right;
  sum.polygons.insert(sum.polygons.end(), left.polygons.begin(), left.polygons.end());
  const auto [west, east] = longitudes_of_both({right.bbox[0], right.bbox[2]}, {left.bbox[0], left.bbox[2]});
  sum.bbox = {west, std::min(right.bbox[1], left.bbox[1]), east, std::max(right.bbox[3], left.bbox[3])};
  return sum;
}

// Cut at the antimeridian; the cut lies on it.
std::vector<std::vector<LonLat>> cut_track(const std::vector<LonLat>& points) {
  std::vector<std::vector<LonLat>> lines(1);
  for (const LonLat& point : points) {
    if (!lines.back().empty()) {
      const LonLat before = lines.back().back();
      if (std::abs(point.longitude_deg - before.longitude_deg) > 180) {
        const double side = before.longitude_deg > 0 ? 180 : -180;
        const double to_edge = side - before.longitude_deg;
        const double whole = point.longitude_deg + 2 * side - before.longitude_deg;
        const double share = whole == 0 ? 0 : to_edge / whole;
        const double latitude = before.latitude_deg + (point.latitude_deg - before.latitude_deg) * share;
        lines.back().push_back({side, latitude});
        lines.push_back({{-side, latitude}});
      }
    }
    lines.back().push_back(point);
  }
  return lines;
}

void add_track(PacketGranule& granule, const CalibratedGranule& shape) {
  const calibrate::TieGrid& grid = *shape.tie_grid;
  const std::size_t middle = grid.columns() / 2;
  std::vector<LonLat> points;
  for (std::size_t row = 0; row < grid.rows(); ++row) {
    const std::size_t at = row * grid.columns() + middle;
    points.push_back({grid.longitude_deg[at], grid.latitude_deg[at]});
  }
  granule.track = cut_track(points);
}

}  // namespace

void add_outline(PacketGranule& granule, const Swath& swath, const calibrate::OrbitBook& orbits) {
  granule.outline = swath.statement;
  // The track is the middle of a narrow scan.
  const double outer_deg = swath.outer_angle_deg > 0 ? swath.outer_angle_deg : 1;
  const double inner_deg = swath.inner_angle_deg > 0 ? swath.inner_angle_deg : -outer_deg;
  CalibratedGranule shape = located(granule, outer_deg, inner_deg, orbits);
  take_over(granule, shape);
  if (!shape.tie_grid) return;
  if (swath.outer_angle_deg == 0) return add_track(granule, shape);
  granule.footprint = shape.footprint;
  if (swath.inner_angle_deg == 0) return;
  const CalibratedGranule left = located(granule, -inner_deg, -outer_deg, orbits);
  if (left.footprint) granule.footprint = both(*granule.footprint, *left.footprint);
}

}  // namespace dl::decoders::packet_archive
