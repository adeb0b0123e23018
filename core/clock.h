// The clock seam: nothing but SystemClock asks the operating system for the time.
#pragma once

#include <chrono>

#include "core/time.h"

namespace dl {

using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual UtcTime now() const = 0;
  // For durations and time-outs: never jumps.
  [[nodiscard]] virtual SteadyTime steady_now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] UtcTime now() const override {
    return std::chrono::floor<Microseconds>(std::chrono::system_clock::now());
  }
  [[nodiscard]] SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }
};

// For tests: stands still until told. Not for use by two threads.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(UtcTime start) : now_(start) {}
  [[nodiscard]] UtcTime now() const override { return now_; }
  [[nodiscard]] SteadyTime steady_now() const override { return steady_; }
  void advance(Microseconds by) {
    now_ += by;
    steady_ += by;
  }
  // Moves the wall clock only, as a time server's correction does.
  void step_wall_clock(Microseconds by) { now_ += by; }

 private:
  UtcTime now_;
  SteadyTime steady_{};
};

}  // namespace dl
