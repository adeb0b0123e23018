#include "daemon/ingest/files/file_feed.h"

#include "core/file.h"
#include "daemon/offload.h"

namespace dl::daemon {
namespace {

constexpr std::size_t kReadBytes = 256U << 10;

Result<Bytes> read_piece(int descriptor, std::uint64_t offset, const std::string& name) {
  Bytes piece(kReadBytes);
  DL_TRY(const std::size_t count, read_at(descriptor, offset, piece, name));
  piece.resize(count);
  return piece;
}

}  // namespace

asio::awaitable<Result<bool>> feed_file(asio::thread_pool& blocking, std::shared_ptr<Pass> pass, int descriptor,
                                        std::string name, UtcTime received_at, const bool& stopping) {
  while (!pass->opened()) co_await pass->changed().wait();
  pass->start_connection();
  while (!stopping) {
    // What a run before this one recorded is not read again.
    auto read = [descriptor, offset = pass->received_bytes(), name] { return read_piece(descriptor, offset, name); };
    const auto piece = co_await on_pool(blocking, std::move(read));
    if (!piece) co_return Failure(piece.error());
    if (stopping) break;
    if (piece->empty()) co_return true;
    co_await pass->room();
    if (stopping) break;
    pass->push(*piece, received_at);
  }
  co_return false;
}

}  // namespace dl::daemon
