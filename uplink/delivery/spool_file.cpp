#include "uplink/delivery/spool_file.h"

#include <algorithm>
#include <iterator>
#include <memory>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "core/crc.h"
#include "core/sha256.h"

namespace dl::uplink {

Result<SpoolFile> SpoolFile::open(const std::filesystem::path& path, std::uint64_t size_bytes, std::uint32_t crc32c) {
  auto file = open_file(path, O_RDONLY);
  if (!file) {
    // Gone is not a matter of time: nobody but us removes spool files.
    const bool missing = ::access(path.c_str(), F_OK) != 0 && errno == ENOENT;
    return Failure(Error{missing ? ErrorKind::corrupt : file.error().kind, file.error().message});
  }
  struct stat status {};
  if (::fstat(file->get(), &status) != 0) return fail_errno(fmt::format("stat of '{}'", path.string()), errno);
  if (static_cast<std::uint64_t>(status.st_size) != size_bytes) {
    return fail(ErrorKind::corrupt, fmt::format("spool file '{}' changed: expected {} bytes, found {}", path.string(),
                                                size_bytes, status.st_size));
  }
  return SpoolFile(*std::move(file), path, size_bytes, crc32c);
}

Error SpoolFile::changed() const {
  return {ErrorKind::corrupt, fmt::format("spool file '{}' changed: its CRC-32C is not the committed one ({})",
                                          path_.string(), crc32c_base64(crc32c_))};
}

Result<std::size_t> SpoolFile::read(std::uint64_t offset, std::span<Byte> out) const {
  return read_at(file_.get(), offset, out, path_.string());
}

Result<void> SpoolFile::for_each_block(const FileRegion& region, const std::function<void(ByteView)>& take) const {
  Bytes block(std::size_t{256} * 1024);
  for (std::uint64_t done = 0; done < region.size_bytes;) {
    if (cancelled_ && cancelled_())
      return fail(ErrorKind::cancelled, "hashing '" + path_.string() + "': asked to stop");
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), region.size_bytes - done));
    DL_TRY(const std::size_t got, read(region.offset + done, std::span(block).first(wanted)));
    if (got == 0) return Failure(changed());
    take(ByteView(block).first(got));
    done += got;
  }
  return {};
}

Result<std::uint32_t> SpoolFile::crc_of_first(std::uint64_t offset) {
  const auto nearest = std::prev(known_.upper_bound(offset));
  std::uint32_t crc = nearest->second;
  DL_CHECK(for_each_block({nearest->first, offset - nearest->first},
                          [&crc](ByteView bytes) { crc = dl::crc32c(bytes, crc); }));
  known_[offset] = crc;
  return crc;
}

Result<RegionDigests> SpoolFile::digests_of(const FileRegion& region) const {
  RegionDigests digests;
  Sha256 sha256;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> md5(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  // A crypto policy may forbid it (FIPS).
  if (!md5 || EVP_DigestInit_ex(md5.get(), EVP_md5(), nullptr) != 1) {
    return fail(ErrorKind::unsupported, "OpenSSL has no MD5 here, which the destination wants with every part");
  }
  DL_CHECK(for_each_block(region, [&](ByteView bytes) {
    digests.crc32c = dl::crc32c(bytes, digests.crc32c);
    EVP_DigestUpdate(md5.get(), bytes.data(), bytes.size());
    sha256.update(bytes);
  }));
  EVP_DigestFinal_ex(md5.get(), digests.md5.data(), nullptr);
  digests.sha256 = sha256.finish();
  return digests;
}

Result<bool> SpoolFile::unchanged() {
  known_ = {{0, 0}};
  DL_TRY(const std::uint32_t crc, crc_of_first(size_bytes_));
  return crc == crc32c_;
}

Result<std::size_t> SpoolFileRegion::read(std::span<Byte> out) {
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_bytes_ - position_));
  if (wanted == 0) return std::size_t{0};
  DL_TRY(const std::size_t got, file_.read(offset_ + position_, out.first(wanted)));
  if (got == 0) return Failure(file_.changed());
  crc_ = crc32c(out.first(got), crc_);
  position_ += got;
  if (position_ == size_bytes_) file_.remember(offset_ + size_bytes_, crc_);
  if (offset_ + position_ == file_.size_bytes() && crc_ != file_.committed_crc()) return Failure(file_.changed());
  return got;
}

}  // namespace dl::uplink
