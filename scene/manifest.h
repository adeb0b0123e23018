// manifest.json of a scene folder (docs/formats/scene-manifest.md). spool/scene_manifest.h reads it for downlinkd.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/time.h"
#include "scene/asset.h"
#include "scene/scene_names.h"

namespace dl::scene {

inline constexpr std::string_view kManifestName = "manifest.json";

std::string make_manifest(const SceneIdentity& identity, UtcTime sensing_start, UtcTime sensing_end,
                          const std::string& pass_id, const std::vector<Asset>& assets);

// True when the manifest in `directory` lists the same files with the same hashes. Who heard it does not matter.
// Kind corrupt when there is no manifest that can be read.
Result<bool> holds_same_content(const std::filesystem::path& directory, const std::vector<Asset>& assets);

}  // namespace dl::scene
