// How fast the station sends now, and why: the timetable, the operator's word, and the pass that is received.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "config/config.h"
#include "core/clock.h"
#include "daemon/control/report.h"
#include "daemon/signal.h"
#include "spool/journal_service.h"
#include "uplink/delivery/delivery_queue.h"
#include "uplink/http/bandwidth.h"
#include "uplink/http/bandwidth_plan.h"

namespace dl::daemon {

// The operator's word as the journal keeps it ("bandwidth" of its settings), for it outlives a restart.
inline constexpr const char* kBandwidthSetting = "bandwidth";
std::string format_override(const uplink::BandwidthOverride& overridden);
// nullopt when it is none, or has run out.
std::optional<uplink::BandwidthOverride> parse_override(const std::string& text, UtcTime now);

// Lives on the io thread. Everything it refers to must outlive it.
class BandwidthControl {
 public:
  using AllowCallback = std::function<void(uplink::Sending)>;

  BandwidthControl(asio::io_context& io, const Clock& clock, spool::JournalService& journal, uplink::Bandwidth& limit,
                   AllowCallback allow);

  // Takes up what the operator said before the restart, and keeps to the timetable from now on.
  asio::awaitable<Result<void>> start();
  void stop();

  void configure(const config::Bandwidth& bandwidth);
  void set_receiving(bool receiving);
  // Kind config when `rate` is none; "timetable" takes the operator's word back. Durable when it returns.
  asio::awaitable<Result<void>> override_limit(std::string rate, Milliseconds duration);

  [[nodiscard]] uplink::Sending sending() const { return sending_; }
  [[nodiscard]] control::BandwidthReport report() const;

 private:
  static asio::awaitable<void> keep_to_timetable(BandwidthControl* self);
  void apply();

  asio::io_context& io_;
  const Clock& clock_;
  spool::JournalService& journal_;
  uplink::Bandwidth& limit_;
  const AllowCallback allow_;
  config::Bandwidth config_;
  uplink::BandwidthPlan plan_;
  uplink::Sending sending_ = uplink::Sending::everything;
  bool receiving_ = false;
  bool stopping_ = false;
  Signal changed_;
};

}  // namespace dl::daemon
