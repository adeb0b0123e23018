#include "spool/scene_check.h"

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

}  // namespace

Result<void> check_assets(const std::filesystem::path& folder, const std::vector<ManifestAsset>& assets,
                          bool verify_hashes) {
  for (const ManifestAsset& asset : assets) DL_CHECK(check_asset(folder / asset.name, asset, verify_hashes));
  return {};
}

Result<SceneManifest> check_scene_folder(const std::filesystem::path& folder, bool verify_hashes) {
  DL_TRY(SceneManifest manifest, read_scene_manifest(folder));
  if (manifest.scene_id != folder.filename()) {
    return fail(ErrorKind::corrupt,
                fmt::format("'{}': its manifest is of scene '{}'", folder.string(), manifest.scene_id));
  }
  DL_CHECK(check_assets(folder, manifest.assets, verify_hashes));
  return manifest;
}

}  // namespace dl::spool
