// Where and in which orbit a scene lies, as STAC and GeoJSON (RFC 7946) put it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "calibrate/calibrated_granule.h"

namespace dl::scene {

// geometry and bbox of an item: a Polygon or MultiPolygon. Nothing happens when the footprint has no polygons.
void add_footprint(nlohmann::ordered_json& item, const calibrate::Footprint& footprint);

// The same of a line that is cut at the antimeridian: a LineString or MultiLineString. Nothing happens without lines.
void add_track(nlohmann::ordered_json& item, const std::vector<std::vector<calibrate::LonLat>>& lines);

// Fields of the sat extension, none when nothing is known.
nlohmann::ordered_json satellite_fields(const calibrate::Provenance& provenance, const std::string& orbit_state,
                                        std::uint32_t absolute_orbit);

}  // namespace dl::scene
