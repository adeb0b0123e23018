// The parts of a STAC 1.0.0 item that every scene has, image or Level-0.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/time.h"
#include "scene/asset.h"
#include "scene/scene_names.h"
#include "scene/scene_options.h"

namespace dl::scene {

inline constexpr std::string_view kStacEo = "https://stac-extensions.github.io/eo/v1.1.0/schema.json";
inline constexpr std::string_view kStacRaster = "https://stac-extensions.github.io/raster/v1.1.0/schema.json";
inline constexpr std::string_view kStacSat = "https://stac-extensions.github.io/sat/v1.0.0/schema.json";
inline constexpr std::string_view kStacView = "https://stac-extensions.github.io/view/v1.0.0/schema.json";
inline constexpr std::string_view kStacProjection = "https://stac-extensions.github.io/projection/v1.0.0/schema.json";
inline constexpr std::string_view kStacProcessing = "https://stac-extensions.github.io/processing/v1.1.0/schema.json";
inline constexpr std::string_view kStacFile = "https://stac-extensions.github.io/file/v2.1.0/schema.json";
inline constexpr std::string_view kStacClassification =
    "https://stac-extensions.github.io/classification/v2.0.0/schema.json";

// An item without geometry, assets and extensions; times, platform, instrument and processing are filled in.
nlohmann::ordered_json stac_item_frame(const SceneIdentity& identity, UtcTime sensing_start, UtcTime sensing_end,
                                       const std::string& level, const SceneOptions& options);

// href, type, title, roles, file:size, file:checksum (multihash: 0x12 SHA-256, 0x20 bytes).
nlohmann::ordered_json stac_asset(const Asset& asset, const std::string& title, const std::vector<std::string>& roles);

// "band-4.tif" -> "band-4", "apid-0034.pkts.zst" -> "apid-0034.pkts".
std::string asset_key(const std::string& file_name);

}  // namespace dl::scene
