#include "scene/manifest.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/file.h"

namespace dl::scene {

using Json = nlohmann::ordered_json;

namespace {

Json assets_json(const std::vector<Asset>& assets) {
  Json list = Json::array();
  for (const Asset& asset : assets) {
    list.push_back({{"name", asset.name},
                    {"media_type", asset.media_type},
                    {"size_bytes", asset.size_bytes},
                    {"sha256", asset.sha256},
                    {"crc32c", asset.crc32c}});
  }
  return list;
}

}  // namespace

std::string make_manifest(const SceneIdentity& identity, UtcTime sensing_start, UtcTime sensing_end,
                          const std::string& pass_id, const std::vector<Asset>& assets) {
  const Json manifest = {{"format", "downlinkd.scene/1"},
                         {"scene_id", scene_id(identity)},
                         {"platform", identity.platform},
                         {"instrument", identity.instrument},
                         {"pass_id", pass_id},
                         {"object_prefix", object_prefix(identity)},
                         {"sensing_start", format_utc(sensing_start)},
                         {"sensing_end", format_utc(sensing_end)},
                         {"assets", assets_json(assets)}};
  return manifest.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<bool> holds_same_content(const std::filesystem::path& directory, const std::vector<Asset>& assets) {
  const std::filesystem::path path = directory / kManifestName;
  const auto text = read_text_file(path);
  const Json manifest = text ? Json::parse(*text, nullptr, false) : Json(Json::value_t::discarded);
  if (!manifest.is_object() || !manifest.contains("assets")) {
    return fail(ErrorKind::corrupt,
                fmt::format("'{}' is in the place of a scene, but '{}' is no manifest: move the folder away",
                            directory.string(), path.string()));
  }
  return manifest["assets"] == assets_json(assets);
}

}  // namespace dl::scene
