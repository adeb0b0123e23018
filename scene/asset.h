// One file of a scene, and the scene as it stands on disk (DESIGN section 4, `Scene`).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dl::scene {

inline constexpr std::string_view kMediaTypeCog = "image/tiff; application=geotiff; profile=cloud-optimized";
inline constexpr std::string_view kMediaTypePng = "image/png";
inline constexpr std::string_view kMediaTypeJson = "application/json";
inline constexpr std::string_view kMediaTypeGeoJson = "application/geo+json";
inline constexpr std::string_view kMediaTypeZstd = "application/zstd";  // RFC 8878
inline constexpr std::string_view kMediaTypeJsonLines = "application/x-ndjson";

struct Asset {
  std::string name;  // file name in the folder, also the last part of the object name
  std::string media_type;
  std::uint64_t size_bytes = 0;
  std::string sha256;  // hex
  std::uint32_t crc32c = 0;
};

struct WrittenScene {
  std::string scene_id;
  std::filesystem::path directory;
  std::string object_prefix;
  std::vector<Asset> assets;  // as made by this run, in upload order: item.json last
  // A folder of that name was there before: it was left as it is.
  bool already_there = false;
  // And its content is not what this run made: two contents for one scene id (docs/decisions/0002). To be reported.
  bool content_differs = false;
};

}  // namespace dl::scene
