#include "uplink/http/server_time.h"

#include <algorithm>
#include <chrono>

#include "uplink/http/http_client.h"

namespace dl::uplink {
namespace {

Microseconds offset_of(const Clock& clock) {
  return clock.now().time_since_epoch() -
         std::chrono::duration_cast<Microseconds>(clock.steady_now().time_since_epoch());
}

}  // namespace

void ServerTime::observe(UtcTime date, UtcTime sent_at, UtcTime received_at) {
  // The clock was set while the request ran: what was taken at its two ends cannot be compared.
  if (received_at < sent_at) return;
  // A date says whole seconds: the server's clock was at date, or up to a second later.
  const Microseconds least = sent_at - date - Seconds{1};
  const Microseconds most = received_at - date;
  const Microseconds known = exact_skew().value_or(Microseconds{0});
  const std::lock_guard lock(mutex_);
  skew_ = std::clamp(known, least, most);
  clock_offset_ = offset_of(clock_);
}

std::optional<Microseconds> ServerTime::exact_skew() const {
  const std::lock_guard lock(mutex_);
  if (!skew_) return std::nullopt;
  // Time servers slew by parts per million; a step of a second is somebody who set the clock.
  const Microseconds stepped = offset_of(clock_) - clock_offset_;
  const bool was_set = std::chrono::abs(stepped) >= Seconds{1};
  return was_set ? *skew_ + stepped : *skew_;
}

UtcTime ServerTime::now() const {
  const auto skew = exact_skew();
  const bool correct = skew && std::chrono::abs(*skew) > kTolerance;
  return correct ? clock_.now() - *skew : clock_.now();
}

std::optional<Seconds> ServerTime::skew() const {
  const auto exact = exact_skew();
  if (!exact) return std::nullopt;
  return std::chrono::round<Seconds>(*exact);
}

bool ServerTime::skewed() const {
  const auto exact = exact_skew();
  return exact && std::chrono::abs(*exact) > kTolerance;
}

ServerTime& ServerTimes::of(const std::string& url) {
  const std::lock_guard lock(mutex_);
  return times_.try_emplace(url_origin(url).value_or(url), clock_).first->second;
}

std::optional<Seconds> ServerTimes::skew() const {
  const std::lock_guard lock(mutex_);
  std::optional<Seconds> smallest;
  for (const auto& [origin, time] : times_) {
    const auto skew = time.skew();
    if (skew && (!smallest || std::chrono::abs(*skew) < std::chrono::abs(*smallest))) smallest = skew;
  }
  return smallest;
}

bool ServerTimes::skewed() const {
  const auto error = skew();
  return error && std::chrono::abs(*error) > ServerTime::kTolerance;
}

}  // namespace dl::uplink
