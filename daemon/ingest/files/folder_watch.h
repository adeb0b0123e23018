// Tells of files that are complete in a folder, as the kernel says it (inotify(7)).
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "core/error.h"
#include "daemon/asio.h"

namespace dl::daemon {

// Lives on the io thread. Nobody may rely on being told: a network file system does not see what others do, and the
// kernel's queue overflows. So whoever uses this looks by itself too, now and then.
class FolderWatch : public std::enable_shared_from_this<FolderWatch> {
 public:
  // Called for every file that was moved into the folder: it is complete. With an empty name: something else has
  // changed, look.
  using OnChange = std::function<void(const std::string& moved_in)>;

  // Held by shared_ptr.
  FolderWatch(asio::io_context& io, OnChange on_change) : io_(io), stream_(io), on_change_(std::move(on_change)) {}

  // Once. Kind io.
  Result<void> start(const std::filesystem::path& directory);
  // No calls any more.
  void stop();
  // False when the folder itself is gone, or somebody has unmounted it: make another one.
  [[nodiscard]] bool watching() const { return stream_.is_open(); }

 private:
  using Self = std::shared_ptr<FolderWatch>;
  static asio::awaitable<void> run(Self self);
  bool tell(const char* events, std::size_t size);

  asio::io_context& io_;
  asio::posix::stream_descriptor stream_;
  OnChange on_change_;
};

}  // namespace dl::daemon
