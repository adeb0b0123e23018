// The outline of a granule on the map, for STAC and GeoJSON (RFC 7946).
#pragma once

#include "calibrate/calibrated_granule.h"

namespace dl::calibrate {

// The outline of the grid's edge: closed, counter-clockwise, cut at the antimeridian into several polygons, and led
// over the pole where the granule covers it. Edge points without a position are left out; no polygons when fewer
// than three remain. For a granule: Geolocator::outline_grid().
Footprint footprint(const TieGrid& grid);

}  // namespace dl::calibrate
