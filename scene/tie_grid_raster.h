// Tie points as rasters that any reader of GDAL's GEOLOCATION convention can use (docs/formats/scene.md).
//
// calibrate::TieGrid ends on the image's last line and pixel, so its last step may be short; a raster has one step.
// Here the last row and column are moved outwards, along the straight line through the last two tie points, to where
// the regular step puts them. Linear interpolation then still meets the true last point, exactly; the positions beyond
// the image are of use for nothing else. A point whose position is unknown is NaN.
#pragma once

#include <cstddef>
#include <vector>

#include "calibrate/calibrated_granule.h"
#include "core/error.h"
#include "scene/cog.h"

namespace dl::scene {

struct TieGridRaster {
  std::size_t rows = 0;
  std::size_t columns = 0;
  // GEOREFERENCING_CONVENTION=TOP_LEFT_CORNER: tie point (row, column) lies at line_offset + row * line_step lines and
  // pixel_offset + column * pixel_step pixels from the top left corner of the image. The centre of the first pixel is
  // (0.5, 0.5), so a grid that starts there has the offsets 0.5 (instruments.md section 11).
  double line_offset = 0.5;
  double pixel_offset = 0.5;
  double line_step = 0;
  double pixel_step = 0;
  // [row][column]
  std::vector<double> longitude_deg;
  std::vector<double> latitude_deg;
  std::vector<float> sun_zenith_deg;
  std::vector<float> sun_azimuth_deg;
  std::vector<float> sensor_zenith_deg;
  std::vector<float> sensor_azimuth_deg;
};

// Kind permanent when the grid is not what its declaration promises.
Result<TieGridRaster> make_tie_grid_raster(const calibrate::TieGrid& grid);

// At most about 500 of the tie points, spread evenly and 8 lines and pixels apart, at their true places. Longitudes run
// on across the antimeridian (beyond 180 or below -180), for viewers fit polynomials through them.
std::vector<GroundControlPoint> choose_ground_control_points(const calibrate::TieGrid& grid);

}  // namespace dl::scene
