#include "scene/stac_json.h"

namespace dl::scene {

using Json = nlohmann::ordered_json;

Json stac_item_frame(const SceneIdentity& identity, UtcTime sensing_start, UtcTime sensing_end,
                     const std::string& level, const SceneOptions& options) {
  Json properties = {{"datetime", format_utc(sensing_start)},
                     {"start_datetime", format_utc(sensing_start)},
                     {"end_datetime", format_utc(sensing_end)},
                     {"platform", identity.platform},
                     {"instruments", Json::array({identity.instrument})},
                     {"processing:level", level},
                     {"processing:software", {{"downlinkd", options.program_version}}}};
  if (!options.station.empty()) properties["processing:facility"] = options.station;
  properties["downlinkd:link_profile"] = options.link_profile;
  if (!options.configuration_sha256.empty()) {
    properties["downlinkd:configuration_sha256"] = options.configuration_sha256;
  }
  return {{"type", "Feature"},        {"stac_version", "1.0.0"}, {"stac_extensions", Json::array()},
          {"id", scene_id(identity)}, {"geometry", nullptr},     {"properties", properties},
          {"links", Json::array()},   {"assets", Json::object()}};
}

Json stac_asset(const Asset& asset, const std::string& title, const std::vector<std::string>& roles) {
  return {{"href", "./" + asset.name},
          {"type", asset.media_type},
          {"title", title},
          {"roles", roles},
          {"file:size", asset.size_bytes},
          {"file:checksum", "1220" + asset.sha256}};
}

std::string asset_key(const std::string& file_name) {
  return file_name.substr(0, file_name.rfind('.'));
}

}  // namespace dl::scene
