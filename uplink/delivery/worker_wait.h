// How a worker sleeps until there is something to do, and is woken early.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "core/time.h"

namespace dl::uplink {

// A bell that several workers wait for. A ring that comes while nobody waits is heard by whoever waits next.
class WorkerWait {
 public:
  // What has been heard so far; taken before looking for work, so that a ring in between is not missed.
  [[nodiscard]] std::uint64_t heard() {
    const std::lock_guard lock(mutex_);
    return rings_;
  }
  void ring() {
    {
      const std::lock_guard lock(mutex_);
      ++rings_;
    }
    bell_.notify_all();
  }
  // Until the next ring after `heard`, or for `at_most`; for ever when there is no limit.
  void wait(std::uint64_t heard, std::optional<Milliseconds> at_most) {
    std::unique_lock lock(mutex_);
    const auto rung = [&] { return rings_ != heard; };
    if (!at_most) {
      bell_.wait(lock, rung);
      return;
    }
    bell_.wait_for(lock, std::max(*at_most, Milliseconds{1}), rung);
  }

 private:
  std::mutex mutex_;
  std::condition_variable bell_;
  std::uint64_t rings_ = 0;
};

}  // namespace dl::uplink
