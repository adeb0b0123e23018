// How fast something went of late.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/clock.h"

namespace dl::uplink {

// Bytes over the last minute, in slots of a second. Not for use by two threads without a lock.
class Throughput {
 public:
  static constexpr std::int64_t kWindowS = 60;

  // The clock outlives this.
  explicit Throughput(const Clock& clock) : clock_(clock), started_s_(second()) {}

  void add(std::uint64_t bytes) {
    Slot& slot = slots_[static_cast<std::size_t>(second() % kWindowS)];
    if (slot.second != second()) slot = {second(), 0};
    slot.bytes += bytes;
  }
  // Over the last minute, or since the start where that is less.
  [[nodiscard]] std::uint64_t bytes_per_s() const {
    const std::int64_t now = second();
    std::uint64_t bytes = 0;
    for (const Slot& slot : slots_) {
      if (slot.second > now - kWindowS) bytes += slot.bytes;
    }
    const std::int64_t over_s = std::clamp<std::int64_t>(now - started_s_ + 1, 1, kWindowS);
    return bytes / static_cast<std::uint64_t>(over_s);
  }

 private:
  struct Slot {
    std::int64_t second = -kWindowS;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] std::int64_t second() const {
    return std::chrono::floor<Seconds>(clock_.steady_now().time_since_epoch()).count();
  }

  const Clock& clock_;
  std::int64_t started_s_;
  std::array<Slot, static_cast<std::size_t>(kWindowS)> slots_{};
};

}  // namespace dl::uplink
