// What a TIFF of a scene says of itself when it is found alone: where its numbers came from, in a few tags that
// gdalinfo shows. The full story is provenance.json.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "calibrate/calibrated_granule.h"
#include "scene/scene_names.h"
#include "scene/scene_options.h"
#include "scene/tie_grid_raster.h"

namespace dl::scene {

// Name and value, in GDAL's default metadata domain (docs/formats/scene.md lists them).
using TiffMetadata = std::vector<std::pair<std::string, std::string>>;

// Of every TIFF of the scene. Items of which nothing is known are left out.
TiffMetadata scene_tiff_metadata(const calibrate::CalibratedGranule& granule, const SceneIdentity& identity,
                                 const SceneOptions& options);
// Of the TIFF of one band.
TiffMetadata band_tiff_metadata(const calibrate::Band& band);
// The names of the bits, of quality.tif.
TiffMetadata quality_tiff_metadata();
// The items of GDAL's GEOLOCATION domain. The COG driver drops that domain, so they stand in the default one.
TiffMetadata tie_grid_tiff_metadata(const TieGridRaster& grid);

}  // namespace dl::scene
