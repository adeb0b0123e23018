#include "spool/scene_manifest.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/file.h"

namespace dl::spool {

namespace {

using Json = nlohmann::json;

// A manifest lists some dozens of files; one that is larger is something else.
constexpr std::uint64_t kManifestLimitBytes = std::uint64_t{4} << 20;
constexpr std::string_view kFormat = "downlinkd.scene/1";

Failure refuse(const std::string& reason) {
  return fail(ErrorKind::corrupt, "scene manifest: " + reason);
}

Result<std::string> text_of(const Json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end() || !found->is_string()) return refuse(fmt::format("expected text as '{}'", member));
  return found->get<std::string>();
}

Result<std::string> name_of(const Json& object, const char* member) {
  DL_TRY(std::string text, text_of(object, member));
  if (text.empty()) return refuse(fmt::format("'{}' is empty", member));
  return text;
}

Result<std::uint64_t> number_of(const Json& object, const char* member, std::uint64_t limit) {
  const auto found = object.find(member);
  if (found == object.end() || !found->is_number_unsigned() || found->get<std::uint64_t>() > limit) {
    return refuse(fmt::format("expected a whole number from 0 to {} as '{}'", limit, member));
  }
  return found->get<std::uint64_t>();
}

// Names become parts of paths: nothing that leads out of a folder.
bool is_file_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Result<ManifestAsset> asset_of(const Json& object) {
  if (!object.is_object()) return refuse("expected an object for each asset");
  ManifestAsset asset;
  DL_TRY(asset.name, name_of(object, "name"));
  if (!is_file_name(asset.name)) return refuse(fmt::format("'{}' is no file name", asset.name));
  DL_TRY(asset.media_type, text_of(object, "media_type"));
  // SQLite and the Content-Range of an upload count in 63 bits.
  DL_TRY(asset.size_bytes, number_of(object, "size_bytes", INT64_MAX));
  DL_TRY(asset.sha256, text_of(object, "sha256"));
  if (!is_sha256(asset.sha256)) {
    return refuse(fmt::format("asset '{}': expected 64 lower-case hexadecimal digits as 'sha256', found '{}'",
                              asset.name, asset.sha256));
  }
  DL_TRY(const std::uint64_t crc32c, number_of(object, "crc32c", UINT32_MAX));
  asset.crc32c = static_cast<std::uint32_t>(crc32c);
  return asset;
}

Result<std::vector<ManifestAsset>> assets_of(const Json& document) {
  const auto found = document.find("assets");
  if (found == document.end() || !found->is_array()) return refuse("expected an array as 'assets'");
  std::vector<ManifestAsset> assets;
  std::set<std::string> names;
  for (const Json& entry : *found) {
    DL_TRY(ManifestAsset asset, asset_of(entry));
    if (!names.insert(asset.name).second) return refuse(fmt::format("asset '{}' is listed twice", asset.name));
    assets.push_back(std::move(asset));
  }
  if (assets.empty() || assets.back().name != "item.json") return refuse("expected 'item.json' as the last asset");
  return assets;
}

}  // namespace

Result<SceneManifest> parse_scene_manifest(const std::string& text) {
  const Json document = Json::parse(text, nullptr, false);
  if (!document.is_object()) return refuse("expected a JSON object");
  DL_TRY(const std::string format, text_of(document, "format"));
  if (format != kFormat) return refuse(fmt::format("expected format '{}', found '{}'", kFormat, format));
  SceneManifest manifest;
  DL_TRY(manifest.scene_id, name_of(document, "scene_id"));
  if (!is_file_name(manifest.scene_id)) return refuse(fmt::format("'{}' is no scene id", manifest.scene_id));
  DL_TRY(manifest.platform, name_of(document, "platform"));
  DL_TRY(manifest.instrument, name_of(document, "instrument"));
  DL_TRY(manifest.pass_id, text_of(document, "pass_id"));
  DL_TRY(manifest.object_prefix, name_of(document, "object_prefix"));
  if (manifest.object_prefix.front() == '/' || manifest.object_prefix.back() == '/') {
    return refuse(
        fmt::format("'object_prefix' must not start or end with a slash, found '{}'", manifest.object_prefix));
  }
  DL_TRY(manifest.sensing_start, name_of(document, "sensing_start"));
  DL_TRY(manifest.sensing_end, name_of(document, "sensing_end"));
  DL_TRY(manifest.assets, assets_of(document));
  return manifest;
}

Result<SceneManifest> read_scene_manifest(const std::filesystem::path& scene_directory) {
  const std::filesystem::path path = scene_directory / "manifest.json";
  DL_TRY(const std::string text, read_text_file(path, kManifestLimitBytes));
  Result<SceneManifest> manifest = parse_scene_manifest(text);
  if (!manifest) return Failure(manifest.error().in(fmt::format("'{}'", path.string())));
  return manifest;
}

}  // namespace dl::spool
