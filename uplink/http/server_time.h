// What time it is according to the servers that we talk to: a station whose clock is wrong signs requests that are
// refused ("uplink" facts, 1.2 RequestTimeTooSkewed, 1.5 invalid_grant). Every answer has a Date header.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/time.h"

namespace dl::uplink {

// A clock for signatures: the station's own, corrected when it is off by more than the tolerance. Whoever signs takes
// it where a Clock is wanted. Safe for any thread when the station's clock is.
//
// Only TLS-verified answers (or those of an endpoint that is plain http by configuration) are observed, and only of the
// service's own words: a portal on the way must not set our clock.
class ServerTime final : public Clock {
 public:
  // Below this the difference is the network's and the second's rounding, and the station's own clock is used.
  static constexpr Seconds kTolerance{60};

  // The station's clock outlives this.
  explicit ServerTime(const Clock& clock) : clock_(clock) {}

  // A Date header, and the station's clock when the request began and when its answer was there. The server wrote the
  // date at some time between: of all differences that this allows, the one nearest to what is known already holds, so
  // that an upload of an hour does not look like an hour's error.
  void observe(UtcTime date, UtcTime sent_at, UtcTime received_at);

  [[nodiscard]] UtcTime now() const override;
  // Never corrected.
  [[nodiscard]] SteadyTime steady_now() const override { return clock_.steady_now(); }
  [[nodiscard]] UtcTime station_now() const { return clock_.now(); }

  // How far the station's clock is ahead of the servers' (negative: behind); nullopt before the first answer. When the
  // station's clock is set, this changes with it at once.
  [[nodiscard]] std::optional<Seconds> skew() const;
  // Worth an incident: signatures are made with a time that is not the station's.
  [[nodiscard]] bool skewed() const;

 private:
  [[nodiscard]] std::optional<Microseconds> exact_skew() const;

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::optional<Microseconds> skew_;
  // The station's clock less its steady time when skew_ was found; differs from the present one when the clock was set.
  Microseconds clock_offset_{0};
};

// The time of every server that we talk to. Each signature is made with the time of the server that checks it: one
// whose clock is wrong must not spoil what we send to the others. Safe for any thread.
class ServerTimes {
 public:
  // The station's clock outlives this.
  explicit ServerTimes(const Clock& clock) : clock_(clock) {}

  // Of the server that `url` leads to; lives as long as this.
  ServerTime& of(const std::string& url);

  // How far the station's clock is ahead: the smallest error that any server finds, for one that agrees with us speaks
  // against a hundred that do not agree with each other. nullopt before the first answer.
  [[nodiscard]] std::optional<Seconds> skew() const;
  [[nodiscard]] bool skewed() const;

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, ServerTime> times_;  // by origin
};

}  // namespace dl::uplink
