// The folder of a scene while it is being written: temporary, synced, renamed (DESIGN section 7). Whoever looks into
// the final place sees a complete scene with its manifest.json (docs/formats/scene-manifest.md) or nothing.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/error.h"
#include "core/time.h"
#include "scene/asset.h"
#include "scene/scene_names.h"
#include "scene/scene_options.h"

namespace dl::scene {

// Not for use by two threads. Unless publish() succeeds, the destructor removes what was written.
class SceneFolder {
 public:
  // Makes <work_directory>/<name>.part; what an earlier run left there is removed. Kinds io, exhausted.
  static Result<SceneFolder> create(const std::filesystem::path& work_directory, std::string_view name);
  SceneFolder(SceneFolder&& other) noexcept;
  SceneFolder& operator=(SceneFolder&&) = delete;
  SceneFolder(const SceneFolder&) = delete;
  SceneFolder& operator=(const SceneFolder&) = delete;
  ~SceneFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // In the order of adding, which is the upload order.
  [[nodiscard]] const std::vector<Asset>& assets() const { return assets_; }

  // Writes and syncs the file and reads it back for its hashes.
  Result<void> add(std::string name, std::string_view media_type, ByteView bytes);
  // The same for a file that stands in the folder already.
  Result<void> adopt(std::string name, std::string_view media_type);

  // Writes manifest.json, syncs the folder, renames it to its final place and syncs the parents. item.json must have
  // been added last. A scene that is there, or that another process publishes meanwhile, stays, and it is said whether
  // it differs. Kinds io and exhausted; corrupt when something without a readable manifest is in that place.
  Result<WrittenScene> publish(const SceneIdentity& identity, UtcTime sensing_start, UtcTime sensing_end,
                               const SceneOptions& options);

 private:
  explicit SceneFolder(std::filesystem::path path) : path_(std::move(path)) {}
  // The scene is in its place already.
  [[nodiscard]] Result<WrittenScene> found(WrittenScene scene) const;

  std::filesystem::path path_;  // empty: moved from, or published
  std::vector<Asset> assets_;
};

}  // namespace dl::scene
