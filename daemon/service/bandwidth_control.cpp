#include "daemon/service/bandwidth_control.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/log.h"
#include "daemon/offload.h"

namespace dl::daemon {
namespace {

// The station's clock may be set while we wait.
constexpr Milliseconds kLongestWait{30'000};

uplink::BandwidthPlan plan_of(const config::Bandwidth& bandwidth) {
  uplink::BandwidthPlan plan;
  // Both were checked when the configuration was read.
  plan.timetable = uplink::parse_timetable(bandwidth.limit).value_or(uplink::Timetable{});
  if (bandwidth.during_pass == "send") return plan;
  if (const auto rate = uplink::parse_rate(bandwidth.during_pass)) plan.during_pass = *rate;
  return plan;
}

}  // namespace

std::string format_override(const uplink::BandwidthOverride& overridden) {
  return fmt::format("{}\n{}", uplink::format_rate(overridden.limit),
                     overridden.until ? format_utc(*overridden.until) : "");
}

std::optional<uplink::BandwidthOverride> parse_override(const std::string& text, UtcTime now) {
  const auto end = text.find('\n');
  const auto rate = uplink::parse_rate(text.substr(0, end));
  if (!rate || end == std::string::npos) return std::nullopt;
  uplink::BandwidthOverride overridden{*rate, std::nullopt};
  if (const std::string until = text.substr(end + 1); !until.empty()) {
    const auto time = parse_utc(until);
    if (!time || *time <= now) return std::nullopt;
    overridden.until = *time;
  }
  return overridden;
}

BandwidthControl::BandwidthControl(asio::io_context& io, const Clock& clock, spool::JournalService& journal,
                                   uplink::Bandwidth& limit, AllowCallback allow)
    : io_(io), clock_(clock), journal_(journal), limit_(limit), allow_(std::move(allow)), changed_(io) {}

asio::awaitable<Result<void>> BandwidthControl::start() {
  auto read = [](spool::Journal& journal) { return journal.setting(kBandwidthSetting); };
  const auto saved = co_await on_journal(journal_, std::move(read));
  if (!saved) co_return Failure(saved.error().in("cannot read the bandwidth that the operator has set"));
  if (*saved) plan_.overridden = parse_override(**saved, clock_.now());
  asio::co_spawn(io_, keep_to_timetable(this), ReportEnd{"keeping to the bandwidth timetable"});
  co_return Result<void>();
}

void BandwidthControl::stop() {
  stopping_ = true;
  changed_.notify();
}

void BandwidthControl::configure(const config::Bandwidth& bandwidth) {
  auto overridden = std::move(plan_.overridden);
  config_ = bandwidth;
  plan_ = plan_of(bandwidth);
  plan_.overridden = std::move(overridden);
  apply();
  changed_.notify();
}

void BandwidthControl::set_receiving(bool receiving) {
  if (receiving_ == receiving) return;
  receiving_ = receiving;
  apply();
}

asio::awaitable<Result<void>> BandwidthControl::override_limit(std::string rate, Milliseconds duration) {
  std::optional<uplink::BandwidthOverride> wanted;
  if (rate != "timetable") {
    const auto limit = uplink::parse_rate(rate);
    if (!limit) co_return Failure(limit.error());
    wanted = uplink::BandwidthOverride{*limit, std::nullopt};
    if (duration > Milliseconds(0)) wanted->until = clock_.now() + duration;
  }
  auto write = [text = wanted ? format_override(*wanted) : ""](spool::Journal& journal) {
    return journal.put_setting(kBandwidthSetting, text);
  };
  const auto written = co_await on_journal(journal_, std::move(write));
  if (!written) co_return Failure(written.error().in("the bandwidth was not changed"));
  plan_.overridden = wanted;
  apply();
  changed_.notify();
  co_return Result<void>();
}

asio::awaitable<void> BandwidthControl::keep_to_timetable(BandwidthControl* self) {
  while (!self->stopping_) {
    self->apply();
    const auto next = uplink::decide(self->plan_, self->clock_.now(), self->receiving_).next_change;
    auto wait = kLongestWait;
    if (next) wait = std::clamp(std::chrono::ceil<Milliseconds>(*next - self->clock_.now()), Milliseconds(1), wait);
    co_await self->changed_.wait_for(wait);
  }
}

void BandwidthControl::apply() {
  const auto decision = uplink::decide(plan_, clock_.now(), receiving_);
  if (limit_.limit() != decision.limit) {
    limit_.set_limit(decision.limit);
    log_info(fmt::format("uploads may use {}: {}", uplink::format_rate(decision.limit), decision.reason));
  }
  // Nothing is begun that could not go on.
  const bool paused = decision.limit == uplink::RateLimit(0);
  const auto sending = paused ? uplink::Sending::nothing : uplink::Sending::everything;
  if (sending == sending_) return;
  sending_ = sending;
  allow_(sending);
}

control::BandwidthReport BandwidthControl::report() const {
  const auto decision = uplink::decide(plan_, clock_.now(), receiving_);
  control::BandwidthReport report;
  report.now = clock_.now();
  report.limit_bytes_per_s = decision.limit;
  report.limit = uplink::format_rate(decision.limit);
  report.reason = decision.reason;
  report.next_change_at = decision.next_change;
  report.receiving = receiving_;
  report.during_pass = config_.during_pass;
  if (plan_.overridden && (!plan_.overridden->until || *plan_.overridden->until > report.now)) {
    report.override_limit = uplink::format_rate(plan_.overridden->limit);
    report.override_until = plan_.overridden->until;
  }
  report.timetable = fmt::format("{}", fmt::join(config_.limit, "; "));
  return report;
}

}  // namespace dl::daemon
