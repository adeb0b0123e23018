// How much of what a station sends may be second tries that lead to nothing.
#pragma once

#include <algorithm>

#include "core/clock.h"

namespace dl::uplink {

struct RetryBudgetOptions {
  double reserve = 50;       // retries that are free at first, and what can be saved up at most
  double per_success = 0.1;  // earned by every request that needed no retry
  // Earned by time, so that what is left when nothing new comes does go on.
  Milliseconds trickle{10'000};
};

// A token bucket: a retry takes a token and brings it back when it succeeds, so retries in vain are at most a tenth of
// what succeeds once the reserve is used up. A server that answers every tenth request with an error gets no more
// load than it can bear, and costs us no throughput. Fault 59 of the "uplink" facts, section 7; the refund is that of
// botocore's retry quota (section 1.1 there). Not for use by two threads without a lock.
class RetryBudget {
 public:
  // The clock outlives this.
  RetryBudget(RetryBudgetOptions options, const Clock& clock)
      : options_(options), clock_(clock), tokens_(options.reserve), filled_at_(clock.steady_now()) {}

  // For one retry; false when it has to wait.
  bool spend() {
    trickle();
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }
  void succeeded(bool was_retry) { earn(was_retry ? 1 : options_.per_success); }
  // What was spent on a retry that learned nothing.
  void give_back() { earn(1); }

  // Until the next retry is allowed at the latest.
  [[nodiscard]] Milliseconds wait() const {
    const double missing = std::max(0.0, 1 - tokens_);
    return Milliseconds{static_cast<std::int64_t>(missing * static_cast<double>(options_.trickle.count())) + 1};
  }
  // 1 when nothing of the reserve is used, 0 when retries have to wait.
  [[nodiscard]] double level() const { return options_.reserve > 0 ? tokens_ / options_.reserve : 0; }

 private:
  void earn(double tokens) { tokens_ = std::min(options_.reserve, tokens_ + tokens); }
  void trickle() {
    const SteadyTime now = clock_.steady_now();
    const std::chrono::duration<double, std::milli> passed = now - filled_at_;
    filled_at_ = now;
    earn(passed.count() / static_cast<double>(options_.trickle.count()));
  }

  RetryBudgetOptions options_;
  const Clock& clock_;
  double tokens_;
  SteadyTime filled_at_;
};

}  // namespace dl::uplink
