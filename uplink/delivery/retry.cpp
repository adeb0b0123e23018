#include "uplink/delivery/retry.h"

#include <algorithm>
#include <random>

namespace dl::uplink {

Random system_random() {
  return [] {
    thread_local std::mt19937_64 generator{std::random_device{}()};
    return std::uniform_real_distribution<double>{0.0, 1.0}(generator);
  };
}

Milliseconds retry_delay(const RetryPolicy& policy, std::uint32_t attempts, std::optional<Seconds> retry_after,
                         const Random& random) {
  // 2^20 s is 12 days: beyond any sensible limit, and far from overflow.
  const std::uint32_t doublings = std::min(attempts, 20U);
  const auto window = std::min(policy.longest, policy.base * (std::int64_t{1} << doublings));
  const Milliseconds delay{static_cast<std::int64_t>(static_cast<double>(window.count()) * random())};
  if (!retry_after) return delay;
  const auto asked = std::clamp<Milliseconds>(*retry_after, Milliseconds{0}, policy.longest_retry_after);
  return std::max(delay, asked);
}

}  // namespace dl::uplink
