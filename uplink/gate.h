// The way to one peer, closed for a while after a failure that concerns all of its work (a circuit breaker).
#pragma once

#include <optional>

#include "core/clock.h"
#include "uplink/retry.h"

namespace dl::uplink {

// While nothing fails the gate is open. After a failure it is closed until a time; then one caller at a time may try,
// so that a station with a thousand scenes sends one request, not a thousand, to find out that a server is still down.
// Not for use by two threads without a lock.
class Gate {
 public:
  Gate(RetryPolicy policy, Random random, const Clock& clock)
      : backoff_(policy, std::move(random)), longest_(policy.longest), clock_(clock) {}

  // True: try, and report with succeeded(), failed() or neutral(). False: wait() says how long.
  bool enter() {
    if (backoff_.failures() == 0) return true;
    if (probing_ || clock_.steady_now() < closed_until_) return false;
    probing_ = true;
    return true;
  }
  // nullopt: until the one who is trying reports.
  [[nodiscard]] std::optional<Milliseconds> wait() const {
    if (probing_) return std::nullopt;
    return std::chrono::ceil<Milliseconds>(closed_until_ - clock_.steady_now());
  }
  void succeeded() {
    backoff_.succeeded();
    failing_since_.reset();
    probing_ = false;
  }
  // Somebody mended something: try at once.
  void open_early() { closed_until_ = clock_.steady_now(); }
  // Nothing was learned about the peer.
  void neutral() { probing_ = false; }
  // Returns how long the gate stays closed. `slow`: nothing will change soon (403), wait the longest time.
  Milliseconds failed(std::optional<Seconds> retry_after, bool slow) {
    if (!failing_since_) failing_since_ = clock_.steady_now();
    Milliseconds delay = backoff_.failed(retry_after);
    if (slow) delay = std::max(delay, longest_);
    closed_until_ = clock_.steady_now() + delay;
    probing_ = false;
    return delay;
  }
  // How long nothing but failures; zero when the gate is open.
  [[nodiscard]] Milliseconds failing_for() const {
    if (!failing_since_) return Milliseconds{0};
    return std::chrono::floor<Milliseconds>(clock_.steady_now() - *failing_since_);
  }

 private:
  Backoff backoff_;
  Milliseconds longest_;
  const Clock& clock_;
  bool probing_ = false;
  SteadyTime closed_until_{};
  std::optional<SteadyTime> failing_since_;
};

}  // namespace dl::uplink
