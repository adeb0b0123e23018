#include "scene/scene_folder.h"

#include <fcntl.h>
#include <cassert>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/file.h"
#include "scene/checksums.h"
#include "scene/manifest.h"

namespace dl::scene {

namespace fs = std::filesystem;

namespace {

// mkdir -p whose new names survive a power cut.
Result<void> make_directories_durably(const fs::path& directory) {
  std::error_code error;
  if (directory.empty() || fs::is_directory(directory, error)) return {};
  DL_CHECK(make_directories_durably(directory.parent_path()));
  if (!fs::create_directory(directory, error) && error) {
    return fail_errno(fmt::format("cannot make the folder '{}'", directory.string()), error.value());
  }
  return sync_directory(directory.parent_path());
}

Result<void> write_and_sync(const fs::path& path, ByteView bytes) {
  DL_TRY(const FileDescriptor file, open_file(path, O_WRONLY | O_CREAT | O_EXCL));
  DL_CHECK(write_all(file.get(), bytes, path.string()));
  return sync_file(file.get(), path.string());
}

Result<void> sync_existing(const fs::path& path) {
  DL_TRY(const FileDescriptor file, open_file(path, O_RDONLY));
  return sync_file(file.get(), path.string());
}

// An empty folder is no scene: rename(2) replaces it.
bool is_taken(const fs::path& directory) {
  std::error_code error;
  return fs::exists(directory, error) && !fs::is_empty(directory, error);
}

fs::path final_directory(const SceneIdentity& identity, const SceneOptions& options) {
  return options.scenes_directory /
         (options.layout == FolderLayout::flat ? scene_id(identity) : object_prefix(identity));
}

}  // namespace

Result<SceneFolder> SceneFolder::create(const fs::path& work_directory, std::string_view name) {
  const fs::path path = work_directory / fmt::format("{}.part", name);
  DL_CHECK(make_directories_durably(work_directory));
  std::error_code error;
  fs::remove_all(path, error);
  if (error)
    return fail_errno(fmt::format("cannot remove what an earlier run left in '{}'", path.string()), error.value());
  if (!fs::create_directory(path, error)) {
    return fail_errno(fmt::format("cannot make the folder '{}'", path.string()), error.value());
  }
  return SceneFolder(path);
}

SceneFolder::SceneFolder(SceneFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), assets_(std::move(other.assets_)) {}

SceneFolder::~SceneFolder() {
  // Nobody can be told if this fails; create() tries again, and fails aloud.
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Result<void> SceneFolder::add(std::string name, std::string_view media_type, ByteView bytes) {
  DL_CHECK(write_and_sync(path_ / name, bytes));
  DL_TRY(FileDigest digest, digest_file(path_ / name));
  if (digest.size_bytes != bytes.size()) {
    return fail(ErrorKind::io, fmt::format("wrote {} bytes to '{}', read back {}", bytes.size(),
                                           (path_ / name).string(), digest.size_bytes));
  }
  assets_.push_back(
      {std::move(name), std::string(media_type), digest.size_bytes, std::move(digest.sha256), digest.crc32c});
  return {};
}

Result<void> SceneFolder::adopt(std::string name, std::string_view media_type) {
  DL_CHECK(sync_existing(path_ / name));
  DL_TRY(FileDigest digest, digest_file(path_ / name));
  assets_.push_back(
      {std::move(name), std::string(media_type), digest.size_bytes, std::move(digest.sha256), digest.crc32c});
  return {};
}

Result<WrittenScene> SceneFolder::publish(const SceneIdentity& identity, UtcTime sensing_start, UtcTime sensing_end,
                                          const SceneOptions& options) {
  assert(!assets_.empty() && assets_.back().name == "item.json");
  WrittenScene scene{scene_id(identity), final_directory(identity, options), object_prefix(identity), assets_};
  if (is_taken(scene.directory)) return found(std::move(scene));
  const std::string manifest = make_manifest(identity, sensing_start, sensing_end, options.pass_id, assets_);
  DL_CHECK(write_and_sync(path_ / kManifestName, as_bytes(manifest)));
  DL_CHECK(sync_directory(path_));
  DL_CHECK(make_directories_durably(scene.directory.parent_path()));
  if (const auto renamed = rename_durably(path_, scene.directory); !renamed) {
    // Another pass may have published the same scene since we looked; then ours is where it was.
    std::error_code error;
    if (fs::exists(path_, error) && is_taken(scene.directory)) return found(std::move(scene));
    return Failure(renamed.error());
  }
  path_.clear();
  return scene;
}

Result<WrittenScene> SceneFolder::found(WrittenScene scene) const {
  DL_TRY(const bool same, holds_same_content(scene.directory, assets_));
  // Who published it may not have come so far.
  DL_CHECK(sync_directory(scene.directory.parent_path()));
  scene.already_there = true;
  scene.content_differs = !same;
  return scene;
}

}  // namespace dl::scene
