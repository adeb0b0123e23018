// The way to one peer, shut for a while after a failure that concerns all of its work (a circuit breaker).
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "core/clock.h"
#include "uplink/delivery/retry.h"

namespace dl::uplink {

// In the words of circuit breakers: closed lets the current through.
enum class BreakerState {
  closed,     // nothing is wrong
  open,       // the peer failed and is left alone
  half_open,  // one caller may find out, or is finding out, whether the peer works again
};
std::string_view to_string(BreakerState state);

// While nothing fails everybody may enter. After a failure nobody may until a time; then one at a time, so that a
// station with a thousand scenes sends one request, not a thousand, to find out that a server is still down. After the
// first success two may, then four, and so on: a server that has just come back is not run over.
// Not for use by two threads without a lock.
class Gate {
 public:
  // Who has entered. Given back with leave() by whoever got it, whatever came of it.
  struct Entry {
    std::uint64_t outage = 0;  // how many failures had been counted when it entered
    bool probe = false;
  };

  Gate(RetryPolicy policy, Random random, const Clock& clock)
      : backoff_(policy, std::move(random)), longest_(policy.longest), clock_(clock) {}

  // Try, and say with succeeded() or failed() what was learned about the peer, if anything. nullopt: wait() says how
  // long.
  std::optional<Entry> enter() {
    if (clock_.steady_now() < shut_until() || inside_ >= limit_) return std::nullopt;
    ++inside_;
    return Entry{outage_, backoff_.failures() > 0};
  }
  void leave(const Entry& entry) {
    if (entry.outage == outage_) --inside_;
  }
  // nullopt: until one who is inside leaves. Zero: it has opened since enter() or failed() said no.
  [[nodiscard]] std::optional<Milliseconds> wait() const {
    const SteadyTime now = clock_.steady_now();
    if (now >= shut_until()) return inside_ < limit_ ? std::optional(Milliseconds{0}) : std::nullopt;
    return std::chrono::ceil<Milliseconds>(shut_until() - now);
  }

  // The peer works: something was done or acknowledged.
  void succeeded() {
    if (backoff_.failures() > 0) {
      limit_ = 2;
    } else if (limit_ != kNoLimit) {
      limit_ = limit_ >= kRampEnd ? kNoLimit : limit_ * 2;
    }
    backoff_.succeeded();
    failing_since_.reset();
  }
  // Returns how long the gate stays shut. `slow`: nothing will change soon (403), wait the longest time.
  Milliseconds failed(const Entry& entry, std::optional<Seconds> retry_after, bool slow) {
    const SteadyTime now = clock_.steady_now();
    // Uploads that were under way together end together in an outage: that is one failure of the peer, not several.
    const bool told_before = entry.outage != outage_ && backoff_.failures() > 0 && !slow;
    if (!told_before) {
      if (!failing_since_) failing_since_ = now;
      Milliseconds delay = backoff_.failed(retry_after);
      if (slow) delay = std::max(delay, longest_);
      shut_until_ = now + delay;
      ++outage_;
      inside_ = 0;
      limit_ = 1;
    }
    if (retry_after) {
      const Milliseconds asked = std::min<Milliseconds>(*retry_after, backoff_.policy().longest_retry_after);
      asked_until_ = std::max(asked_until_, now + asked);
    }
    return wait().value_or(Milliseconds{0});
  }

  // Somebody mended something: try at once.
  void open_early() { shut_until_ = asked_until_ = clock_.steady_now(); }
  // Nobody enters for so long, though nothing has failed.
  void shut_for(Milliseconds time) { asked_until_ = clock_.steady_now() + time; }

  [[nodiscard]] BreakerState state() const {
    if (backoff_.failures() == 0) return BreakerState::closed;
    return clock_.steady_now() < shut_until() ? BreakerState::open : BreakerState::half_open;
  }
  // In a row.
  [[nodiscard]] std::uint32_t failures() const { return backoff_.failures(); }
  // How long nothing but failures; zero when there were none.
  [[nodiscard]] Milliseconds failing_for() const {
    if (!failing_since_) return Milliseconds{0};
    return std::chrono::floor<Milliseconds>(clock_.steady_now() - *failing_since_);
  }

 private:
  static constexpr std::uint32_t kNoLimit = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::uint32_t kRampEnd = 64;  // more callers than any destination has

  // What the server asked for holds even when another caller has success meanwhile; our own guess does not.
  [[nodiscard]] SteadyTime shut_until() const {
    return backoff_.failures() > 0 ? std::max(shut_until_, asked_until_) : asked_until_;
  }

  Backoff backoff_;
  Milliseconds longest_;
  const Clock& clock_;
  std::uint32_t limit_ = kNoLimit;
  std::uint32_t inside_ = 0;  // of those who entered since the last failure
  std::uint64_t outage_ = 0;
  SteadyTime shut_until_ = SteadyTime::min();
  SteadyTime asked_until_ = SteadyTime::min();
  std::optional<SteadyTime> failing_since_;
};

}  // namespace dl::uplink
