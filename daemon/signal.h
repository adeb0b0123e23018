// What coroutines of the io thread wait for each other with.
#pragma once

#include <algorithm>
#include <list>

#include "core/clock.h"
#include "daemon/asio.h"

namespace dl::daemon {

// Wakes everybody who waits. A wake-up says "look again", so waiters loop around their condition. Not for use by two
// threads. Must outlive its waiters.
class Signal {
 public:
  explicit Signal(asio::io_context& io) : io_(io) {}
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  void notify() {
    for (asio::steady_timer* waiter : waiters_) waiter->cancel();
  }

  asio::awaitable<void> wait() { co_await wait_until(SteadyTime::max()); }
  asio::awaitable<void> wait_for(Milliseconds duration) {
    co_await wait_until(asio::steady_timer::clock_type::now() + duration);
  }

 private:
  asio::awaitable<void> wait_until(SteadyTime deadline) {
    asio::steady_timer timer(io_, deadline);
    const auto place = waiters_.insert(waiters_.end(), &timer);
    error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    waiters_.erase(place);
  }

  asio::io_context& io_;
  std::list<asio::steady_timer*> waiters_;
};

}  // namespace dl::daemon
