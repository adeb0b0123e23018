// item.json of an image scene: STAC 1.0.0 with the extensions eo, raster, sat, view, projection, processing, file and
// classification, and our own fields under "downlinkd:" (docs/formats/scene.md).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "calibrate/calibrated_granule.h"
#include "scene/asset.h"
#include "scene/scene_names.h"
#include "scene/scene_options.h"
#include "scene/statistics.h"
#include "scene/tie_grid_raster.h"

namespace dl::scene {

struct BandSummary {
  BandStatistics statistics;
  std::array<std::uint64_t, kQualityBits> quality_counts{};
};

// References live as long as the call.
struct ItemContent {
  const calibrate::CalibratedGranule& granule;
  const SceneIdentity& identity;
  const SceneOptions& options;
  const std::vector<BandSummary>& bands;  // one per band of the granule
  const std::optional<TieGridRaster>& tie_grid;
  const std::vector<Asset>& assets;  // all but item.json itself
};

std::string make_stac_item(const ItemContent& content);

}  // namespace dl::scene
