// Work that would block the io thread, done on another one and awaited.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "daemon/asio.h"
#include "daemon/log.h"
#include "spool/journal_service.h"

namespace dl::daemon {

// Where an answer from another thread is put down. Touched on the io thread only, but for its end.
template <class Answer>
struct AnswerSlot {
  explicit AnswerSlot(const asio::any_io_executor& executor) : ready(executor, asio::steady_timer::time_point::max()) {}
  std::optional<Answer> answer;
  asio::steady_timer ready;

  static void put(const std::shared_ptr<AnswerSlot>& slot, Answer value) {
    auto moved = std::make_shared<Answer>(std::move(value));
    asio::post(slot->ready.get_executor(), [slot, moved] {
      slot->answer = std::move(*moved);
      slot->ready.cancel();
    });
  }
  static asio::awaitable<Answer> take(std::shared_ptr<AnswerSlot> slot) {
    error_code ignored;
    while (!slot->answer) co_await slot->ready.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    co_return std::move(*slot->answer);
  }
};

// Give a job its name before the co_await: g++ 12 destroys a capturing lambda that is a temporary of the
// awaiting expression twice.

// How long to wait for room in the queue of the journal: a slow disk must not keep the io thread from receiving.
constexpr Milliseconds kJournalRoomInterval{20};

// job(journal) on the journal thread; its Result, when what it wrote is durable. Waits for its turn without keeping the
// io thread. The job may be run twice, and must work through the journal only. Kind cancelled when the journal is
// closed.
template <class F>
asio::awaitable<std::invoke_result_t<F, spool::Journal&>> on_journal(spool::JournalService& service, F job) {
  using Answer = std::invoke_result_t<F, spool::Journal&>;
  const auto slot = std::make_shared<AnswerSlot<Answer>>(co_await asio::this_coro::executor);
  const auto answer = std::make_shared<std::optional<Answer>>();  // of the last run, on the journal thread
  const std::function<Result<void>(spool::Journal&)> work = [answer,
                                                             job = std::move(job)](spool::Journal& journal) mutable {
    answer->emplace(job(journal));
    return **answer ? Result<void>() : Result<void>(Failure((*answer)->error()));
  };
  const auto settled = [slot, answer](const Result<void>& commit) {
    if (!commit && (!*answer || **answer)) answer->emplace(Failure(commit.error()));
    AnswerSlot<Answer>::put(slot, std::move(**answer));
  };
  using Posted = spool::JournalService::Posted;
  Posted posted = service.try_post(work, settled);
  asio::steady_timer room(co_await asio::this_coro::executor);
  while (posted == Posted::full) {
    error_code ignored;
    room.expires_after(kJournalRoomInterval);
    co_await room.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    posted = service.try_post(work, settled);
  }
  if (posted == Posted::stopped)
    co_return Answer(fail(ErrorKind::cancelled, "the journal is closed: the program is stopping"));
  co_return co_await AnswerSlot<Answer>::take(slot);
}

// job() on a thread of `pool`; what it returns.
template <class F>
asio::awaitable<std::invoke_result_t<F>> on_pool(asio::thread_pool& pool, F job) {
  using Answer = std::invoke_result_t<F>;
  const auto slot = std::make_shared<AnswerSlot<Answer>>(co_await asio::this_coro::executor);
  asio::post(pool, [slot, job = std::move(job)]() mutable { AnswerSlot<Answer>::put(slot, job()); });
  co_return co_await AnswerSlot<Answer>::take(slot);
}

// What co_spawn calls at the end of a coroutine: an exception that nobody caught is a bug of ours, and is said.
struct ReportEnd {
  std::string what;
  void operator()(std::exception_ptr failure) const {
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& exception) {
      log_error("'" + what + "' ended by an exception: " + exception.what());
    } catch (...) {
      log_error("'" + what + "' ended by an exception that is not a std::exception");
    }
  }
};

}  // namespace dl::daemon
