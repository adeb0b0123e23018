#include "daemon/service/clock_watch.h"

#include <cstdlib>

#include <fmt/format.h>

#include "daemon/log.h"
#include "daemon/offload.h"

namespace dl::daemon {
namespace {

constexpr Milliseconds kInterval{5'000};
constexpr const char* kSkewKind = "clock_skew";
constexpr const char* kSubject = "clock";

}  // namespace

ClockWatch::ClockWatch(asio::io_context& io, const uplink::ServerTimes& times, Incidents& incidents)
    : io_(io), times_(times), incidents_(incidents), changed_(io) {}

void ClockWatch::start() {
  asio::co_spawn(io_, watch(this), ReportEnd{"watching the clock"});
}

void ClockWatch::stop() {
  stopping_ = true;
  changed_.notify();
}

asio::awaitable<void> ClockWatch::watch(ClockWatch* self) {
  while (!self->stopping_) {
    const auto skew = self->times_.skew();
    const bool skewed = self->times_.skewed();
    // Before a server has answered nothing is known, also of what an earlier run has told.
    if (skew && self->told_ != skewed) {
      self->told_ = skewed;
      if (skewed) {
        self->incidents_.open(
            kSkewKind, kSubject,
            fmt::format("the station's clock is {} s {} that of the servers: passes are named by a wrong time",
                        std::abs(skew->count()), skew->count() > 0 ? "ahead of" : "behind"),
            "set the clock (chronyc tracking, timedatectl); uploads go on, their signatures are made with the servers' "
            "time");
      } else {
        self->incidents_.close(kSkewKind, kSubject);
      }
    }
    co_await self->changed_.wait_for(kInterval);
  }
}

}  // namespace dl::daemon
