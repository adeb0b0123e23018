// What time it is according to the servers that we talk to: a station whose clock is wrong signs requests that are
// refused ("uplink" facts, 1.2 RequestTimeTooSkewed, 1.5 invalid_grant). Every answer has a Date header.
#pragma once

#include <mutex>
#include <optional>

#include "core/clock.h"
#include "core/time.h"

namespace dl::uplink {

// Safe for any thread. Only TLS-verified answers (or those of an endpoint that is plain http by configuration) are
// observed, and only of the service's own words: a portal on the way must not set our clock.
class ServerTime {
 public:
  // Below this the difference is the network's and the second's rounding, and the station's own clock is used.
  static constexpr Seconds kTolerance{60};

  // The clock outlives this.
  explicit ServerTime(const Clock& clock) : clock_(clock) {}

  // A Date header, and the station's clock when the request began and when its answer was there.
  void observe(UtcTime date, UtcTime sent_at, UtcTime received_at);
  // For signatures: the station's clock, corrected when it is off by more than the tolerance.
  [[nodiscard]] UtcTime now() const;
  // How far the station's clock is ahead of the servers' (negative: behind); nullopt before the first answer.
  [[nodiscard]] std::optional<Seconds> skew() const;
  [[nodiscard]] bool skewed() const;

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::optional<Seconds> skew_;
};

}  // namespace dl::uplink
