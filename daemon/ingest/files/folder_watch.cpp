#include "daemon/ingest/files/folder_watch.h"

#include <sys/inotify.h>
#include <cerrno>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "core/file.h"
#include "daemon/offload.h"

namespace dl::daemon {
namespace {

constexpr std::uint32_t kWatched = IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE | IN_MOVED_FROM |
                                   IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t kFolderIsGone = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;
constexpr std::size_t kEventBytes = 16U << 10;

}  // namespace

Result<void> FolderWatch::start(const std::filesystem::path& directory) {
  FileDescriptor descriptor(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!descriptor.valid() || ::inotify_add_watch(descriptor.get(), directory.c_str(), kWatched) < 0) {
    return fail_errno(fmt::format("cannot watch the folder '{}'", directory.string()), errno);
  }
  error_code error;
  stream_.assign(descriptor.get(), error);
  if (error) {
    return fail(ErrorKind::io, fmt::format("cannot watch the folder '{}': {}", directory.string(), error.message()));
  }
  descriptor.release();
  asio::co_spawn(io_, run(shared_from_this()), ReportEnd{"watching a folder"});
  return {};
}

void FolderWatch::stop() {
  on_change_ = nullptr;
  error_code ignored;
  stream_.close(ignored);
}

// False when the folder is gone.
bool FolderWatch::tell(const char* events, std::size_t size) {
  bool here = true;
  for (std::size_t at = 0; at < size && on_change_;) {
    inotify_event event{};
    std::memcpy(&event, events + at, sizeof event);
    const char* name = events + at + sizeof event;
    here = here && (event.mask & kFolderIsGone) == 0;
    const bool moved_in = (event.mask & IN_MOVED_TO) != 0 && event.len > 0;
    on_change_(moved_in ? std::string(name, ::strnlen(name, event.len)) : std::string());
    at += sizeof event + event.len;
  }
  return here;
}

asio::awaitable<void> FolderWatch::run(Self self) {
  std::vector<char> events(kEventBytes);
  bool here = true;
  while (here && self->on_change_) {
    error_code error;
    const std::size_t count =
        co_await self->stream_.async_read_some(asio::buffer(events), asio::redirect_error(asio::use_awaitable, error));
    here = !error.failed() && self->tell(events.data(), count);
  }
  error_code ignored;
  self->stream_.close(ignored);
  if (self->on_change_) self->on_change_({});
}

}  // namespace dl::daemon
