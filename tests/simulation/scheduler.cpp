#include "tests/simulation/scheduler.h"

#include <ucontext.h>
#include <algorithm>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace dl::simulation {
namespace {

constexpr std::size_t kStackBytes = std::size_t{512} * 1024;

// Stacks are used again: touching fresh pages for every program of every seed costs more than all the rest.
class Stacks {
 public:
  std::unique_ptr<std::byte[]> take() {
    if (free_.empty()) return std::unique_ptr<std::byte[]>(new std::byte[kStackBytes]);
    auto stack = std::move(free_.back());
    free_.pop_back();
    return stack;
  }
  void give_back(std::unique_ptr<std::byte[]> stack) { free_.push_back(std::move(stack)); }

 private:
  std::vector<std::unique_ptr<std::byte[]>> free_;
};

Stacks& stacks() {
  static Stacks all;
  return all;
}

}  // namespace

struct Scheduler::Fiber {
  explicit Fiber(std::function<void()> what) : body(std::move(what)), stack(stacks().take()) {}
  ~Fiber() { stacks().give_back(std::move(stack)); }
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  std::function<void()> body;
  std::unique_ptr<std::byte[]> stack;
  ucontext_t context{};
  ucontext_t caller{};
  Microseconds wakes_at{0};
  std::optional<std::uint64_t> waits_for_news_after;
  std::uint64_t order = 0;  // among those that wake at the same time
  bool started = false;
  bool done = false;
#if defined(__SANITIZE_ADDRESS__)
  void* fake_stack = nullptr;
  void* caller_fake_stack = nullptr;
  const void* caller_stack = nullptr;
  std::size_t caller_stack_bytes = 0;
#endif
};

Scheduler::Scheduler(SimulatedClock& clock, Chance& chance) : clock_(clock), chance_(chance) {}

Scheduler::~Scheduler() {
  kill();
}

void Scheduler::spawn(std::function<void()> body) {
  fibers_.push_back(std::make_unique<Fiber>(std::move(body)));
  fibers_.back()->wakes_at = clock_.since_start_;
  fibers_.back()->order = chance_.below(1'000'000);
}

Scheduler::Fiber* Scheduler::next() const {
  Fiber* first = nullptr;
  const auto key = [this](const Fiber& fiber) {
    const bool has_news = fiber.waits_for_news_after && *fiber.waits_for_news_after != news_;
    return std::pair(has_news ? std::min(fiber.wakes_at, clock_.since_start_) : fiber.wakes_at, fiber.order);
  };
  for (const auto& fiber : fibers_) {
    if (first == nullptr || key(*fiber) < key(*first)) first = fiber.get();
  }
  if (first == nullptr || key(*first).first == Microseconds::max()) return nullptr;
  return first;
}

void Scheduler::run(Microseconds end) {
  while (!killing_) {
    Fiber* fiber = next();
    if (fiber == nullptr) break;
    const bool has_news = fiber->waits_for_news_after && *fiber->waits_for_news_after != news_;
    const Microseconds at = has_news ? clock_.since_start_ : std::max(clock_.since_start_, fiber->wakes_at);
    if (at > end) break;
    clock_.since_start_ = at;
    resume(*fiber);
  }
  if (killing_) {
    kill();
    return;
  }
  if (!fibers_.empty()) clock_.since_start_ = std::max(clock_.since_start_, end);
}

void Scheduler::kill() {
  killing_ = true;
  while (!fibers_.empty()) {
    if (!fibers_.front()->started) {
      fibers_.erase(fibers_.begin());
    } else {
      resume(*fibers_.front());
    }
  }
  killing_ = false;
}

void Scheduler::kill_all() {
  killing_ = true;
  throw Killed{};
}

void Scheduler::sleep(Microseconds time) {
  current_->wakes_at = clock_.since_start_ + time;
  current_->waits_for_news_after.reset();
  suspend();
}

void Scheduler::wait(std::uint64_t heard, std::optional<Microseconds> at_most) {
  current_->wakes_at = at_most ? clock_.since_start_ + std::max(*at_most, Microseconds{1}) : Microseconds::max();
  current_->waits_for_news_after = heard;
  suspend();
}

void Scheduler::enter(unsigned high, unsigned low) {
  auto* fiber = reinterpret_cast<Fiber*>((static_cast<std::uintptr_t>(high) << 32) | low);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &fiber->caller_stack, &fiber->caller_stack_bytes);
#endif
  try {
    fiber->body();
  } catch (const Killed&) {
    // The program is gone, and this was a thread of it.
  }
  fiber->done = true;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(nullptr, fiber->caller_stack, fiber->caller_stack_bytes);
#endif
  swapcontext(&fiber->context, &fiber->caller);
}

void Scheduler::resume(Fiber& fiber) {
  Fiber* before = current_;
  current_ = &fiber;
  if (!fiber.started) {
    fiber.started = true;
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = kStackBytes;
    fiber.context.uc_link = nullptr;
    const auto address = reinterpret_cast<std::uintptr_t>(&fiber);
    makecontext(&fiber.context, reinterpret_cast<void (*)()>(&Scheduler::enter), 2,
                static_cast<unsigned>(address >> 32), static_cast<unsigned>(address & 0xffffffffU));
  }
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&fiber.caller_fake_stack, fiber.stack.get(), kStackBytes);
#endif
  swapcontext(&fiber.caller, &fiber.context);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fiber.caller_fake_stack, nullptr, nullptr);
#endif
  current_ = before;
  if (!fiber.done) return;
  std::erase_if(fibers_, [&fiber](const auto& each) { return each.get() == &fiber; });
}

void Scheduler::suspend() {
  Fiber& self = *current_;
  self.order = chance_.below(1'000'000);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&self.fake_stack, self.caller_stack, self.caller_stack_bytes);
#endif
  swapcontext(&self.context, &self.caller);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(self.fake_stack, &self.caller_stack, &self.caller_stack_bytes);
#endif
  if (killing_) throw Killed{};
}

}  // namespace dl::simulation
