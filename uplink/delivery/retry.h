// When to try again: truncated exponential back-off with full jitter, Retry-After honoured.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "core/time.h"

namespace dl::uplink {

// Uniform in [0, 1). Injected, so that a test knows what comes. Must be callable from several threads.
using Random = std::function<double()>;

// Of the operating system's generator; one stream per thread.
Random system_random();

struct RetryPolicy {
  Milliseconds base{1000};
  Milliseconds longest{300'000};
  // A server's Retry-After is believed up to here: a typing error there must not silence a station for a year.
  Milliseconds longest_retry_after{3'600'000};
};

// The wait before attempt `attempts` + 1, where `attempts` (from 0) counts the failures since the last progress:
// uniform in [0, min(longest, base * 2^attempts)), and no less than what the server asked for.
// Source: "full jitter" of AWS's article "Exponential Backoff And Jitter".
Milliseconds retry_delay(const RetryPolicy& policy, std::uint32_t attempts, std::optional<Seconds> retry_after,
                         const Random& random);

// A run of failures of one peer. Not for use by two threads.
class Backoff {
 public:
  Backoff(RetryPolicy policy, Random random) : policy_(policy), random_(std::move(random)) {}

  // Counts one failure and says how long to wait.
  Milliseconds failed(std::optional<Seconds> retry_after = std::nullopt) {
    return retry_delay(policy_, failures_++, retry_after, random_);
  }
  void succeeded() { failures_ = 0; }
  [[nodiscard]] std::uint32_t failures() const { return failures_; }
  [[nodiscard]] const RetryPolicy& policy() const { return policy_; }

 private:
  RetryPolicy policy_;
  Random random_;
  std::uint32_t failures_ = 0;
};

}  // namespace dl::uplink
