#include "scene/stac_geometry_json.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace dl::scene {

using Json = nlohmann::ordered_json;

namespace {

// RFC 7946, section 11.2: six decimals are a tenth of a metre.
double rounded(double angle_deg) {
  return std::round(angle_deg * 1e6) / 1e6;
}

Json positions(const std::vector<calibrate::LonLat>& points) {
  Json list = Json::array();
  for (const calibrate::LonLat& point : points) {
    list.push_back(Json::array({rounded(point.longitude_deg), rounded(point.latitude_deg)}));
  }
  return list;
}

// "2012-049A" out of columns 10-17 of line 1 ("12049A  "); empty when they hold something else.
// Two digits from 57 on are of the 20th century: Sputnik was 57001A.
std::string international_designator(const std::string& line1) {
  if (line1.size() < 17) return {};
  const std::string field = line1.substr(9, 8);
  if (!std::all_of(field.begin(), field.begin() + 5, [](unsigned char c) { return std::isdigit(c) != 0; })) return {};
  const std::string piece = field.substr(5, field.find_last_not_of(' ') + 1 - 5);
  if (piece.empty()) return {};
  return fmt::format("{}{}-{}{}", field.substr(0, 2) >= "57" ? "19" : "20", field.substr(0, 2), field.substr(2, 3),
                     piece);
}

// West and east edge of points in pieces that were cut at the antimeridian, where a piece ends on one side of it and
// the next begins on the other.
std::pair<double, double> west_east(const std::vector<std::vector<calibrate::LonLat>>& lines) {
  double west = 180, east = -180;
  if (lines.size() == 1) {
    for (const calibrate::LonLat& point : lines.front()) {
      west = std::min(west, point.longitude_deg);
      east = std::max(east, point.longitude_deg);
    }
    return {west, east};
  }
  for (const auto& line : lines) {
    const bool eastern = line.front().longitude_deg + line.back().longitude_deg > 0;
    for (const calibrate::LonLat& point : line) {
      if (eastern) west = std::min(west, point.longitude_deg);
      if (!eastern) east = std::max(east, point.longitude_deg);
    }
  }
  return {west, east};
}

}  // namespace

void add_footprint(Json& item, const calibrate::Footprint& footprint) {
  if (footprint.polygons.empty()) return;
  Json polygons = Json::array();
  for (const auto& ring : footprint.polygons) polygons.push_back(Json::array({positions(ring)}));
  const bool single = polygons.size() == 1;
  item["geometry"] = {{"type", single ? "Polygon" : "MultiPolygon"},
                      {"coordinates", single ? polygons.front() : polygons}};
  item["bbox"] = Json::array();
  for (const double edge_deg : footprint.bbox) item["bbox"].push_back(rounded(edge_deg));
}

void add_track(Json& item, const std::vector<std::vector<calibrate::LonLat>>& lines) {
  if (lines.empty()) return;
  Json list = Json::array();
  double south = 90, north = -90;
  for (const auto& line : lines) {
    list.push_back(positions(line));
    for (const calibrate::LonLat& point : line) {
      south = std::min(south, point.latitude_deg);
      north = std::max(north, point.latitude_deg);
    }
  }
  const bool single = list.size() == 1;
  item["geometry"] = {{"type", single ? "LineString" : "MultiLineString"},
                      {"coordinates", single ? list.front() : list}};
  const auto [west, east] = west_east(lines);
  item["bbox"] = Json::array({rounded(west), rounded(south), rounded(east), rounded(north)});
}

Json satellite_fields(const calibrate::Provenance& provenance, const std::string& orbit_state,
                      std::uint32_t absolute_orbit) {
  Json fields = Json::object();
  if (provenance.orbit) {
    const std::string designator = international_designator(provenance.orbit->line1);
    if (!designator.empty()) fields["sat:platform_international_designator"] = designator;
  }
  if (orbit_state == "ascending" || orbit_state == "descending") fields["sat:orbit_state"] = orbit_state;
  if (absolute_orbit > 0) fields["sat:absolute_orbit"] = absolute_orbit;
  return fields;
}

}  // namespace dl::scene
