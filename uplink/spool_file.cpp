#include "uplink/spool_file.h"

#include <algorithm>
#include <iterator>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/crc.h"

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

Result<std::uint32_t> SpoolFile::crc_of_first(std::uint64_t offset) {
  const auto nearest = std::prev(known_.upper_bound(offset));
  std::uint64_t at = nearest->first;
  std::uint32_t crc = nearest->second;
  Bytes block(std::size_t{256} * 1024);
  while (at < offset) {
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), offset - at));
    DL_TRY(const std::size_t got, read(at, std::span(block).first(wanted)));
    if (got == 0) return Failure(changed());
    crc = dl::crc32c(ByteView(block).first(got), crc);
    at += got;
  }
  known_[offset] = crc;
  return crc;
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
