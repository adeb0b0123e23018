// A sealed spool file while it is sent: what goes out is hashed on the way, and the last bytes are held back when the
// hash of all of them is not the one that was committed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>

#include "core/error.h"
#include "core/file.h"
#include "uplink/delivery/upload_protocol.h"
#include "uplink/http/http_client.h"

namespace dl::uplink {

class SpoolFile {
 public:
  // Kind corrupt when the file is missing or its size is not the committed one; io when it cannot be read.
  static Result<SpoolFile> open(const std::filesystem::path& path, std::uint64_t size_bytes, std::uint32_t crc32c);

  // While `cancelled` says so, hashing ends with kind cancelled: of a large file it takes minutes.
  void cancel_when(std::function<bool()> cancelled) { cancelled_ = std::move(cancelled); }

  // Hashes the whole file from disk: whether it is still what was committed.
  Result<bool> unchanged();

  // CRC-32C of the first `offset` bytes. Starts at the nearest place that is known, so that going on from there costs
  // nothing and going back costs one read.
  Result<std::uint32_t> crc_of_first(std::uint64_t offset);
  // Hashes one region from disk. Kind corrupt when the file ends before it.
  Result<RegionDigests> digests_of(const FileRegion& region) const;
  // What was found out while sending.
  void remember(std::uint64_t offset, std::uint32_t crc) { known_[offset] = crc; }

  Result<std::size_t> read(std::uint64_t offset, std::span<Byte> out) const;
  [[nodiscard]] std::uint64_t size_bytes() const { return size_bytes_; }
  [[nodiscard]] std::uint32_t committed_crc() const { return crc32c_; }
  [[nodiscard]] Error changed() const;

 private:
  SpoolFile(FileDescriptor file, std::filesystem::path path, std::uint64_t size_bytes, std::uint32_t crc32c)
      : file_(std::move(file)), path_(std::move(path)), size_bytes_(size_bytes), crc32c_(crc32c) {}
  // Gives `take` every byte of a region, block by block.
  Result<void> for_each_block(const FileRegion& region, const std::function<void(ByteView)>& take) const;

  FileDescriptor file_;
  std::filesystem::path path_;
  std::uint64_t size_bytes_;
  std::uint32_t crc32c_;
  std::function<bool()> cancelled_;
  std::map<std::uint64_t, std::uint32_t> known_{{0, 0}};  // offset -> CRC-32C of what is before it
};

// A region of a SpoolFile as a request body.
class SpoolFileRegion final : public BodySource {
 public:
  // `crc_before` is crc_of_first(offset). The file outlives the region.
  SpoolFileRegion(SpoolFile& file, std::uint64_t offset, std::uint64_t size_bytes, std::uint32_t crc_before)
      : file_(file), offset_(offset), size_bytes_(size_bytes), crc_(crc_before) {}

  [[nodiscard]] std::uint64_t size_bytes() const override { return size_bytes_; }
  // Kind corrupt instead of the file's last bytes when the hash of the whole file is wrong.
  Result<std::size_t> read(std::span<Byte> out) override;

 private:
  SpoolFile& file_;
  std::uint64_t offset_;
  std::uint64_t size_bytes_;
  std::uint32_t crc_;
  std::uint64_t position_ = 0;
};

}  // namespace dl::uplink
