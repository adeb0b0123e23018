// Whether a scene's folder is what it says.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"
#include "spool/scene_manifest.h"

namespace dl::spool {

// The files are there in their sizes and, when asked, with their hashes. Kind corrupt says which is not; exhausted and
// io say nothing about the scene.
Result<void> check_assets(const std::filesystem::path& folder, const std::vector<ManifestAsset>& assets,
                          bool verify_hashes);

// The manifest of the scene whose folder it is, when everything that it names is there.
Result<SceneManifest> check_scene_folder(const std::filesystem::path& folder, bool verify_hashes);

}  // namespace dl::spool
