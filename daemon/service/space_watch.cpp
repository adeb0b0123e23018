#include "daemon/service/space_watch.h"

#include <fmt/format.h>

#include "core/file.h"
#include "daemon/log.h"
#include "daemon/offload.h"

namespace dl::daemon {
namespace {

// While something is received, decoded, or short of room; otherwise what changes the passes wakes us.
constexpr Milliseconds kBusyInterval{5000};
constexpr Milliseconds kIdleInterval{600'000};
constexpr const char* kKind = "disk_low";

spool::SpaceThresholds thresholds_of(const config::Space& space) {
  return {space.stop_scenes_below_bytes, space.stop_recording_below_bytes};
}

}  // namespace

SpaceWatch::SpaceWatch(asio::io_context& io, asio::thread_pool& blocking, PassManager& passes, Incidents& incidents,
                       const config::Space& space)
    : io_(io),
      blocking_(blocking),
      passes_(passes),
      incidents_(incidents),
      space_(space),
      guard_(thresholds_of(space)) {}

void SpaceWatch::start() {
  asio::co_spawn(io_, watch(this), ReportEnd{"watching the free space"});
}

void SpaceWatch::stop() {
  stopping_ = true;
  passes_.changed().notify();
}

void SpaceWatch::reload(const config::Space& space) {
  space_ = space;
  guard_ = spool::SpaceGuard(thresholds_of(space));
  passes_.changed().notify();
}

asio::awaitable<void> SpaceWatch::watch(SpaceWatch* self) {
  std::optional<spool::SpaceState> told;  // nothing yet: a run before this one may have left its incident open
  while (!self->stopping_) {
    auto look = [root = self->passes_.layout().root] { return dl::available_bytes(root); };
    const auto available = co_await on_pool(self->blocking_, std::move(look));
    if (self->stopping_) co_return;
    if (available) {
      self->available_bytes_ = *available;
      const spool::SpaceState state = self->guard_.update(*available);
      if (state != told) self->report(state);
      told = state;
      if (self->on_look_) self->on_look_(*available);
    } else {
      log_warning(available.error().message);
    }
    self->incidents_.flush();
    const bool busy = !self->passes_.active().empty() || told != spool::SpaceState::ok;
    co_await self->passes_.changed().wait_for(busy ? kBusyInterval : kIdleInterval);
  }
}

void SpaceWatch::report(spool::SpaceState state) {
  const std::string root = passes_.layout().root.string();
  if (state == spool::SpaceState::ok) {
    incidents_.close(kKind, root);
  } else {
    const bool critical = state == spool::SpaceState::critical;
    incidents_.open(kKind, root,
                    fmt::format("{} MiB are free at '{}': {}", available_bytes_ >> 20, root,
                                critical ? "no scenes are made, and receivers are kept waiting"
                                         : "no scenes are made, recording goes on"),
                    fmt::format("free space there until {} MiB are free; what waits is then done by itself",
                                (space_.stop_scenes_below_bytes + space_.stop_scenes_below_bytes / 4) >> 20));
  }
  if (on_change_) on_change_(state);
}

}  // namespace dl::daemon
