// Virtual time, and the threads of a simulated program as fibers in it: one runs at a time, until it sleeps or waits.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "tests/simulation/chance.h"

namespace dl::simulation {

// Thrown where a fiber waits when the program that it belongs to is killed. Tests are the only place for it.
struct Killed {};

class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(UtcTime start) : start_(start) {}
  [[nodiscard]] UtcTime now() const override { return start_ + offset_ + since_start_; }
  [[nodiscard]] SteadyTime steady_now() const override { return SteadyTime(since_start_); }
  // The wall clock only.
  void step_wall_clock(Microseconds by) { offset_ += by; }
  // What a right clock would say: the servers'.
  [[nodiscard]] UtcTime true_now() const { return start_ + since_start_; }
  [[nodiscard]] Microseconds since_start() const { return since_start_; }

 private:
  friend class Scheduler;
  UtcTime start_;
  Microseconds offset_{0};
  Microseconds since_start_{0};
};

class Scheduler {
 public:
  Scheduler(SimulatedClock& clock, Chance& chance);
  ~Scheduler();  // kill()
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // `body` begins when run() gets to it. Killed passes through it.
  void spawn(std::function<void()> body);
  // Lets time pass until no fiber is left, or until `end`, or until one of them has called kill_all().
  void run(Microseconds end);

  // Ends every fiber that is left. For those who are no fiber.
  void kill();

  // For fibers only. Others go on meanwhile; the order of those that wake at the same time is random.
  void sleep(Microseconds time);
  // Until notify(), or for `at_most`. `heard` is news() from before it was known that there is nothing to do.
  void wait(std::uint64_t heard, std::optional<Microseconds> at_most);
  [[nodiscard]] std::uint64_t news() const { return news_; }
  void notify() { ++news_; }
  // Throws Killed in the caller; all others get theirs before run() returns.
  [[noreturn]] void kill_all();

 private:
  struct Fiber;

  void resume(Fiber& fiber);
  void suspend();
  [[nodiscard]] Fiber* next() const;
  static void enter(unsigned high, unsigned low);

  SimulatedClock& clock_;
  Chance& chance_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  Fiber* current_ = nullptr;
  std::uint64_t news_ = 0;
  bool killing_ = false;
};

}  // namespace dl::simulation
