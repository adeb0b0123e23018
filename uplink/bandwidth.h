// How fast the station may send: one limit for all uploads together, shared fairly, changed while they run.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

#include "core/clock.h"
#include "core/time.h"

namespace dl::uplink {

// A token bucket of bytes. Whoever wants to send waits in line and gets a small piece at a time, so that ten uploads
// share the link evenly, whatever their sizes. Safe for any thread.
class Bandwidth {
 public:
  // The clock outlives this; its steady time is used.
  explicit Bandwidth(const Clock& clock) : clock_(clock) {}

  // nullopt: no limit. 0: nothing goes. Takes effect at once, also for those who wait.
  void set_limit(std::optional<std::uint64_t> bytes_per_s);
  [[nodiscard]] std::optional<std::uint64_t> limit() const;

  // How many of `wanted` bytes may be sent now: at least 1, unless `patience` has passed (0 then). The first in line is
  // served first. Blocks.
  std::size_t acquire(std::size_t wanted, Milliseconds patience);
  // What was acquired and not sent after all.
  void give_back(std::size_t bytes);

 private:
  void refill();

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::uint64_t> bytes_per_s_;
  double available_bytes_ = 0;
  std::optional<SteadyTime> refilled_at_;
  std::deque<std::uint64_t> line_;
  std::uint64_t next_ticket_ = 0;
};

}  // namespace dl::uplink
