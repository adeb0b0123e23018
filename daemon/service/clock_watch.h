// Looks whether the station's clock agrees with the servers'.
#pragma once

#include <optional>

#include "daemon/incidents.h"
#include "daemon/signal.h"
#include "uplink/http/server_time.h"

namespace dl::daemon {

// Lives on the io thread. Everything it refers to must outlive it. Incident "clock_skew".
class ClockWatch {
 public:
  ClockWatch(asio::io_context& io, const uplink::ServerTimes& times, Incidents& incidents);
  void start();
  void stop();

 private:
  static asio::awaitable<void> watch(ClockWatch* self);

  asio::io_context& io_;
  const uplink::ServerTimes& times_;
  Incidents& incidents_;
  std::optional<bool> told_;  // nothing yet: a run before this one may have left its incident open
  Signal changed_;
  bool stopping_ = false;
};

}  // namespace dl::daemon
