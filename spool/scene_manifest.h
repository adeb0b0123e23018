// manifest.json in a scene's spool folder (docs/formats/scene-manifest.md): written last by downlink-process,
// read here. It is how a scene that downlinkd never heard of is found after a crash.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace dl::spool {

// Of packet files (docs/formats/level-0.md): a scene that has such a file is Level-0.
inline constexpr std::string_view kMediaTypeOfPackets = "application/zstd";

struct ManifestAsset {
  std::string name;  // file name in the folder, also the last part of the object name
  std::string media_type;
  std::uint64_t size_bytes = 0;
  std::string sha256;  // hex
  std::uint32_t crc32c = 0;
};

struct SceneManifest {
  std::string scene_id;
  std::string platform;
  std::string instrument;
  std::string pass_id;        // empty in batch mode
  std::string object_prefix;  // without leading or trailing slash
  std::string sensing_start;  // ISO 8601 UTC
  std::string sensing_end;
  std::vector<ManifestAsset> assets;  // in upload order: item.json last
};

// Kind corrupt when it is no manifest, a field is missing, a name has a slash, or item.json is not the last asset.
Result<SceneManifest> parse_scene_manifest(const std::string& text);
Result<SceneManifest> read_scene_manifest(const std::filesystem::path& scene_directory);

}  // namespace dl::spool
