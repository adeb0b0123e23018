#include "spool/recovery_scenes.h"

#include <fcntl.h>
#include <system_error>

#include <fmt/format.h>

#include "core/file.h"
#include "core/sha256.h"

namespace dl::spool {

namespace {

Result<std::string> hash_of(const std::filesystem::path& path) {
  constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
  DL_TRY(const FileDescriptor file, open_file(path, O_RDONLY));
  Sha256 hash;
  Bytes block(kBlockBytes);
  for (std::uint64_t offset = 0;;) {
    DL_TRY(const std::size_t count, read_at(file.get(), offset, block, path.string()));
    if (count == 0) break;
    hash.update(ByteView(block).first(count));
    offset += count;
  }
  return to_hex(hash.finish());
}

Result<void> check_asset(const std::filesystem::path& path, const ManifestAsset& asset, bool verify_hashes) {
  std::error_code error;
  const std::uint64_t size_bytes = std::filesystem::file_size(path, error);
  if (error) return fail(ErrorKind::corrupt, fmt::format("'{}': {}", path.string(), error.message()));
  if (size_bytes != asset.size_bytes) {
    return fail(ErrorKind::corrupt,
                fmt::format("'{}': expected {} bytes, found {}", path.string(), asset.size_bytes, size_bytes));
  }
  if (!verify_hashes) return {};
  DL_TRY(const std::string sha256, hash_of(path));
  if (sha256 != asset.sha256) {
    return fail(ErrorKind::corrupt,
                fmt::format("'{}': expected sha256 {}, found {}", path.string(), asset.sha256, sha256));
  }
  return {};
}

// The manifest, when the folder is what it says.
Result<SceneManifest> check_folder(const std::filesystem::path& folder, bool verify_hashes) {
  DL_TRY(SceneManifest manifest, read_scene_manifest(folder));
  if (manifest.scene_id != folder.filename()) {
    return fail(ErrorKind::corrupt,
                fmt::format("'{}': its manifest is of scene '{}'", folder.string(), manifest.scene_id));
  }
  for (const ManifestAsset& asset : manifest.assets) {
    DL_CHECK(check_asset(folder / asset.name, asset, verify_hashes));
  }
  return manifest;
}

// Under a name that is free: the same scene may be found bad more than once.
std::filesystem::path quarantine_path(const Layout& layout, const std::string& name) {
  std::error_code ignored;
  std::filesystem::path path = layout.quarantine() / name;
  for (int attempt = 1; std::filesystem::exists(path, ignored); ++attempt) {
    path = layout.quarantine() / fmt::format("{}-{}", name, attempt);
  }
  return path;
}

class SceneRecovery {
 public:
  SceneRecovery(const Layout& layout, Journal& journal, const RecoveryOptions& options, RecoveryReport& report)
      : layout_(layout), journal_(journal), options_(options), report_(report) {}

  Result<void> look_at(const std::filesystem::path& folder) {
    DL_TRY(const std::optional<SceneRow> row, journal_.scene(folder.filename().string()));
    if (row && row->state == SceneState::delivered) {
      ++report_.scenes_known;
      return {};
    }
    const Result<SceneManifest> manifest = check_folder(folder, options_.verify_hashes);
    // Out of descriptors or memory says nothing about the scene.
    if (!manifest && manifest.error().kind == ErrorKind::exhausted) return Failure(manifest.error());
    if (!manifest) return quarantine(folder, manifest.error().message);
    return commit(folder, *manifest);
  }

  Result<void> look_for(const SceneRow& scene) {
    std::error_code ignored;
    if (std::filesystem::exists(layout_.scene(scene.id), ignored)) return {};
    ++report_.scenes_missing;
    return give_up(scene.id, fmt::format("its folder '{}' is gone", layout_.scene(scene.id).string()));
  }

 private:
  Result<void> commit(const std::filesystem::path& folder, const SceneManifest& manifest) {
    const Result<bool> added = journal_.commit_scene(manifest, manifest.pass_id, folder, options_.destinations);
    if (!added && added.error().kind == ErrorKind::corrupt) return quarantine(folder, added.error().message);
    if (!added) return Failure(added.error().in(fmt::format("recovery of scene '{}'", manifest.scene_id)));
    if (!*added) {
      ++report_.scenes_known;
      return journal_.move_scene(manifest.scene_id, folder);
    }
    ++report_.scenes_adopted;
    report_.lines.push_back(fmt::format("scene '{}' was complete on disk and unknown: queued", manifest.scene_id));
    return {};
  }

  Result<void> quarantine(const std::filesystem::path& folder, const std::string& reason) {
    const std::string name = folder.filename().string();
    const std::filesystem::path to = quarantine_path(layout_, name);
    // The incident first: a crash in between says it twice, the other way round never.
    DL_CHECK(give_up(name, fmt::format("{}; moved to '{}'", reason, to.string())));
    DL_CHECK(rename_durably(folder, to));
    ++report_.scenes_quarantined;
    return {};
  }

  Result<void> give_up(const std::string& scene_id, const std::string& reason) {
    report_.lines.push_back(fmt::format("scene '{}' cannot be delivered: {}", scene_id, reason));
    DL_TRY(const std::optional<SceneRow> row, journal_.scene(scene_id));
    if (row) DL_CHECK(journal_.quarantine_scene(scene_id, reason));
    DL_CHECK(journal_.open_incident("scene_unusable", scene_id, reason,
                                    "Make the scene again from its recording in passes/ with 'downlink-process "
                                    "batch', put it back in scenes/ and release its deliveries. Check the disk."));
    return {};
  }

  const Layout& layout_;
  Journal& journal_;
  const RecoveryOptions& options_;
  RecoveryReport& report_;
};

}  // namespace

Result<void> recover_scenes(const Layout& layout, Journal& journal, const RecoveryOptions& options,
                            RecoveryReport& report) {
  SceneRecovery recovery(layout, journal, options, report);
  DL_TRY(const std::vector<std::filesystem::path> folders, entries_of(layout.scenes()));
  for (const std::filesystem::path& folder : folders) DL_CHECK(recovery.look_at(folder));
  DL_TRY(const std::vector<SceneRow> spooled, journal.spooled_scenes());
  for (const SceneRow& scene : spooled) DL_CHECK(recovery.look_for(scene));
  return {};
}

}  // namespace dl::spool
