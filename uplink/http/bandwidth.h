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
//
// The bucket holds no more than a tenth of a second's worth: over a minute the limit is kept within 0.2 %, and a pause
// is not followed by a burst.
class Bandwidth {
 public:
  // The clock outlives this; its steady time is used.
  explicit Bandwidth(const Clock& clock) : clock_(clock) {}

  // nullopt: no limit. 0: nothing goes. Takes effect at once, also for those who wait.
  void set_limit(std::optional<std::uint64_t> bytes_per_s);
  [[nodiscard]] std::optional<std::uint64_t> limit() const;

  // How many of `wanted` bytes (at least 1) may be sent now: at least 1, unless `patience` has passed (0 then). The
  // first in line is served first; whoever gives up loses the place. Blocks.
  std::size_t acquire(std::size_t wanted, Milliseconds patience);
  // What was acquired and not sent after all.
  void give_back(std::size_t bytes);
  // For what is too small and too urgent to wait, requests and events: sent without asking, and taken from what
  // the waiting ones get next, so that all together keep the limit.
  void spend(std::size_t bytes);

 private:
  // With mutex_ held.
  void refill();
  [[nodiscard]] double piece_bytes() const;
  [[nodiscard]] double depth_bytes() const;
  [[nodiscard]] bool first(std::uint64_t ticket) const { return line_.front() == ticket; }
  void leave(std::uint64_t ticket);
  // What a ticket may have now; 0 when it has to wait.
  std::size_t take(std::uint64_t ticket, std::size_t wanted);
  // How long until it is worth asking again.
  [[nodiscard]] Microseconds next_look(std::uint64_t ticket, std::size_t wanted, SteadyTime until) const;

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::uint64_t> bytes_per_s_;
  double available_bytes_ = 0;  // negative: spent in advance
  std::optional<SteadyTime> refilled_at_;
  std::deque<std::uint64_t> line_;
  std::uint64_t next_ticket_ = 0;
};

}  // namespace dl::uplink
