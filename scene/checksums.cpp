#include "scene/checksums.h"

#include <fcntl.h>

#include "core/bytes.h"
#include "core/crc.h"
#include "core/file.h"
#include "core/sha256.h"

namespace dl::scene {

namespace {
constexpr std::size_t kPieceBytes = 1 << 20;
}

Result<FileDigest> digest_file(const std::filesystem::path& path) {
  DL_TRY(const FileDescriptor file, open_file(path, O_RDONLY));
  Bytes piece(kPieceBytes);
  FileDigest digest;
  Sha256 sha256;
  while (true) {
    DL_TRY(const std::size_t count, read_at(file.get(), digest.size_bytes, piece, path.string()));
    const ByteView bytes = ByteView(piece).first(count);
    sha256.update(bytes);
    digest.crc32c = crc32c(bytes, digest.crc32c);
    digest.size_bytes += count;
    if (count < piece.size()) break;
  }
  digest.sha256 = to_hex(sha256.finish());
  return digest;
}

}  // namespace dl::scene
