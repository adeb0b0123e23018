#include "tools/downlink-sim/file_sender.h"

#include <fcntl.h>
#include <unistd.h>
#include <filesystem>

#include <fmt/format.h>

#include "core/file.h"
#include "tools/downlink-sim/feed.h"

namespace dl::sim {
namespace {

Result<void> write_until_cut(int descriptor, Feed& feed, SendReport& report, const std::string& name) {
  while (true) {
    const ByteView piece = feed.next(feed.piece_bytes());
    if (piece.empty()) return {};
    DL_CHECK(write_all(descriptor, piece, name));
    report.bytes_sent += piece.size();
  }
}

std::filesystem::path free_name(const std::filesystem::path& folder) {
  for (unsigned number = 1;; ++number) {
    auto path = folder / fmt::format("pass-{}.cadu", number);
    if (!std::filesystem::exists(path)) return path;
  }
}

}  // namespace

Result<SendReport> drop_into_folder(ByteView bytes, const Endpoint& endpoint, const SendOptions& options) {
  SendReport report;
  Feed feed(bytes, options);
  do {
    const auto path = free_name(endpoint.path);
    const std::filesystem::path unfinished = path.string() + ".part";
    DL_TRY(FileDescriptor file, open_file(unfinished, O_WRONLY | O_CREAT | O_TRUNC));
    DL_CHECK(write_until_cut(file.get(), feed, report, unfinished.string()));
    DL_CHECK(sync_file(file.get(), unfinished.string()));
    file.reset();
    DL_CHECK(rename_durably(unfinished, path));
    ++report.connections;
  } while (feed.pass_cut());
  return report;
}

Result<SendReport> write_to_pipe(ByteView bytes, const Endpoint&, const SendOptions& options) {
  SendReport report;
  report.connections = 1;
  Feed feed(bytes, options);
  do {
    DL_CHECK(write_until_cut(STDOUT_FILENO, feed, report, "standard output"));
  } while (feed.pass_cut());
  return report;
}

}  // namespace dl::sim
