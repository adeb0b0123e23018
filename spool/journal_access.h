// The way to the journal for everybody but its owner: hand over a job, get its answer when what it changed is durable.
// In the daemon this is JournalService, with a thread of its own; a simulation gives one without threads.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <type_traits>
#include <utility>

#include "core/error.h"
#include "spool/journal.h"

namespace dl::spool {

class JournalAccess {
 public:
  virtual ~JournalAccess() = default;

  // Runs f(journal) and waits for its Result, which is not given before what f wrote is durable. Jobs of several
  // callers may share one transaction's sync; they stay separate: one that fails takes none of the others with it. When
  // the shared commit fails, each is tried once more alone, and fails only if that fails too. What f wrote is done as a
  // whole or not at all, several functions of the journal together. f may be run twice and must change nothing but the
  // journal. Kind cancelled after stop(). Not to be called from f or from a callback.
  template <class F>
  auto call(F f) -> std::invoke_result_t<F, Journal&>;

  // Runs f(journal), which returns Result<void>, later; waits only while the queue is full. A failure goes to the
  // on_failure callbacks of the service. False after stop(): f will not run.
  virtual bool post(std::function<Result<void>(Journal&)> f) = 0;

  using SubscriptionId = std::uint64_t;
  using NewWorkCallback = std::function<void(const NewWork&)>;
  // `callback` runs on the journal's thread after new work for uploaders or publishers was committed. It must be cheap
  // (wake somebody) and must not use the journal.
  virtual SubscriptionId on_new_work(NewWorkCallback callback) = 0;
  // When it returns, the callback is not running and will not run again.
  virtual void unsubscribe(SubscriptionId id) = 0;

 protected:
  // One caller's work. run() does it, perhaps more than once; settle() is called exactly once, after the commit (with
  // its failure, if it failed).
  struct Job {
    std::function<Result<void>(Journal&)> run;  // fails when f failed: what it wrote is rolled back
    std::function<void(const Result<void>& commit)> settle;
  };
  // False: the journal is closed and the job will not run.
  virtual bool enqueue(Job job) = 0;
};

template <class F>
auto JournalAccess::call(F f) -> std::invoke_result_t<F, Journal&> {
  using Answer = std::invoke_result_t<F, Journal&>;
  static_assert(std::is_constructible_v<Answer, Failure>, "the job must return a Result: the service may be stopped");
  struct State {
    std::promise<Answer> promise;
    std::optional<Answer> answer;
  };
  // Shared, because the journal's thread may still be inside set_value() when the caller has its answer.
  auto state = std::make_shared<State>();
  std::future<Answer> future = state->promise.get_future();
  Job job;
  job.run = [state, &f](Journal& journal) -> Result<void> {
    state->answer.emplace(f(journal));
    if (!*state->answer) return tl::make_unexpected(state->answer->error());
    return {};
  };
  job.settle = [state](const Result<void>& commit) {
    if (!commit && *state->answer) state->answer.emplace(tl::make_unexpected(commit.error()));
    state->promise.set_value(*std::move(state->answer));
  };
  if (!enqueue(std::move(job))) {
    return fail(ErrorKind::cancelled, "the journal is closed: the program is stopping");
  }
  return future.get();
}

}  // namespace dl::spool
