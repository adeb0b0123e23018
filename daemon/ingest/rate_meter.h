// Bytes per second over the last seconds, for people.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/clock.h"

namespace dl::daemon {

class RateMeter {
 public:
  void add(std::uint64_t bytes, SteadyTime now) {
    if (now - window_start_ >= kWindow) {
      const bool adjacent = now - window_start_ < 2 * kWindow;
      last_rate_ = adjacent ? rate_of_window(now) : 0;
      window_start_ = now;
      window_bytes_ = 0;
    }
    window_bytes_ += bytes;
  }

  [[nodiscard]] double bytes_per_s(SteadyTime now) const {
    if (now - window_start_ >= 2 * kWindow) return 0;
    return now - window_start_ >= kWindow / 2 ? rate_of_window(now) : last_rate_;
  }

 private:
  static constexpr std::chrono::seconds kWindow{4};

  [[nodiscard]] double rate_of_window(SteadyTime now) const {
    return static_cast<double>(window_bytes_) / std::chrono::duration<double>(now - window_start_).count();
  }

  SteadyTime window_start_{};
  std::uint64_t window_bytes_ = 0;
  double last_rate_ = 0;
};

}  // namespace dl::daemon
