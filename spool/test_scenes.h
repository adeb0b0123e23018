// What the tests of this folder share: a folder of their own, and scenes with real files in it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/crc.h"
#include "core/file.h"
#include "core/sha256.h"
#include "spool/journal.h"

namespace dl::spool {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dl-spool-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline ManifestAsset make_asset(const std::string& name, const std::string& content) {
  return {name, "application/octet-stream", content.size(), sha256_hex(as_bytes(content)), crc32c(as_bytes(content))};
}

// Two bands and item.json; the content depends on the id and on `salt` only.
inline SceneManifest make_manifest(const std::string& id, const std::string& salt = "") {
  SceneManifest manifest;
  manifest.scene_id = id;
  manifest.platform = "metop-b";
  manifest.instrument = "avhrr-3";
  manifest.object_prefix = "metop-b/avhrr-3/2026/05/12/" + id;
  manifest.sensing_start = "2026-05-12T12:00:00Z";
  manifest.sensing_end = "2026-05-12T12:03:00Z";
  for (const char* name : {"band-1.tif", "band-2.tif", "item.json"}) {
    manifest.assets.push_back(make_asset(name, name + id + salt));
  }
  return manifest;
}

// The files of make_manifest() in <scenes>/<id>, without manifest.json.
inline std::filesystem::path write_assets(const std::filesystem::path& scenes, const SceneManifest& manifest,
                                          const std::string& salt = "") {
  const std::filesystem::path folder = scenes / manifest.scene_id;
  std::filesystem::create_directories(folder);
  for (const ManifestAsset& asset : manifest.assets) {
    std::ofstream(folder / asset.name, std::ios::binary) << asset.name << manifest.scene_id << salt;
  }
  return folder;
}

inline Announcement make_announcement(const std::string& event_id, const std::string& key = "",
                                      const std::string& publisher = "events") {
  Announcement announcement;
  announcement.event_id = event_id;
  announcement.type = "org.downlinkd.scene.available";
  announcement.publisher = publisher;
  announcement.ordering_key = key;
  announcement.attributes_json = "{}";
  announcement.payload = "{}";
  return announcement;
}

inline std::vector<Announcement> announce_once(const DeliveredScene& delivered) {
  Announcement announcement = make_announcement("event-of-" + delivered.scene.id);
  announcement.scene_id = delivered.scene.id;
  announcement.payload = delivered.item_json;
  return {announcement};
}

inline std::vector<Announcement> announce_drop_once(const DroppedScene& dropped) {
  Announcement announcement = make_announcement("drop-of-" + dropped.scene.id);
  announcement.scene_id = dropped.scene.id;
  announcement.payload = dropped.reason;
  return {announcement};
}

inline UtcTime test_start() {
  return parse_utc("2026-05-12T11:52:03Z").value();
}

}  // namespace dl::spool
