// For tests: scene folders as downlink-process leaves them.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "spool/layout.h"
#include "spool/test_scenes.h"

namespace dl::spool {

inline std::string manifest_text(const SceneManifest& manifest, const std::string& pass_id) {
  std::string assets;
  for (const ManifestAsset& asset : manifest.assets) {
    assets += (assets.empty() ? "" : ",") + std::string("{\"name\":\"") + asset.name + "\",\"media_type\":\"" +
              asset.media_type + "\",\"size_bytes\":" + std::to_string(asset.size_bytes) + ",\"sha256\":\"" +
              asset.sha256 + "\",\"crc32c\":" + std::to_string(asset.crc32c) + "}";
  }
  return "{\"format\":\"downlinkd.scene/1\",\"scene_id\":\"" + manifest.scene_id + "\",\"platform\":\"" +
         manifest.platform + "\",\"instrument\":\"" + manifest.instrument + "\",\"pass_id\":\"" + pass_id +
         "\",\"object_prefix\":\"" + manifest.object_prefix + "\",\"sensing_start\":\"" + manifest.sensing_start +
         "\",\"sensing_end\":\"" + manifest.sensing_end + "\",\"assets\":[" + assets + "]}";
}

// With its files and manifest.json, in scenes/.
inline void write_scene_folder(const Layout& layout, const SceneManifest& manifest,
                               const std::string& pass_id = "pass-1") {
  const auto folder = write_assets(layout.scenes(), manifest);
  ASSERT_TRUE(write_file_durably(folder / "manifest.json", as_bytes(manifest_text(manifest, pass_id))));
}

}  // namespace dl::spool
