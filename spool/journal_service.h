// The journal thread: the only one that touches SQLite. Every other thread hands its work over here.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>

#include "core/clock.h"
#include "core/error.h"
#include "spool/journal.h"

namespace dl::spool {

// Safe to use from any thread. Jobs run one at a time in the order in which they were handed over. The queue is
// bounded in jobs; whoever finds it full waits, for bookkeeping must not be dropped and the disk sets the pace. Who
// must not wait asks with try_post(), and comes again.
class JournalService {
 public:
  static constexpr std::size_t kQueueLimit = 1024;
  using SubscriptionId = std::uint64_t;
  using NewWorkCallback = std::function<void(const NewWork&)>;
  using FailureCallback = std::function<void(const Error&)>;

  // Opens the journal (kinds as Journal::open) on its own thread. `clock` is asked on that thread only and must
  // outlive the service.
  static Result<std::unique_ptr<JournalService>> start(const std::filesystem::path& path, const Clock& clock,
                                                       std::size_t queue_limit = kQueueLimit);
  // stop().
  ~JournalService();
  JournalService(const JournalService&) = delete;
  JournalService& operator=(const JournalService&) = delete;

  // Journal::rebuilt() of the journal that start() opened.
  [[nodiscard]] bool rebuilt() const { return rebuilt_; }

  // Runs f(journal) on the journal thread and waits for its Result. Kind cancelled after stop(). Not to be called
  // from f or from a callback of the service: that would wait for itself.
  template <class F>
  auto call(F f) -> std::invoke_result_t<F, Journal&>;

  // Runs f(journal), which returns Result<void>, later; waits only while the queue is full. A failure goes to the
  // on_failure callbacks. False after stop(): f will not run.
  bool post(std::function<Result<void>(Journal&)> f);

  enum class Posted { taken, full, stopped };
  // As post(), but never waits: f will not run when the queue is full or the service is stopped.
  Posted try_post(const std::function<Result<void>(Journal&)>& f);

  // `callback` runs on the journal thread after a job has committed new work for uploaders or publishers. It must be
  // cheap (wake somebody) and must not use the service.
  SubscriptionId on_new_work(NewWorkCallback callback);
  // `callback` runs on the journal thread when a posted job failed. The same rules.
  SubscriptionId on_failure(FailureCallback callback);
  // When it returns, the callback is not running and will not run again.
  void unsubscribe(SubscriptionId id);

  // Takes no more jobs, runs those that wait, ends the thread, closes the journal. Repeating it does nothing.
  void stop();

 private:
  using Job = std::function<void(Journal&)>;

  explicit JournalService(std::size_t queue_limit) : queue_limit_(queue_limit) {}
  bool enqueue(Job job);
  Job telling_failures(std::function<Result<void>(Journal&)> f);
  void run(Journal& journal);
  void tell_new_work(const NewWork& work);
  void tell_failure(const Error& error);

  const std::size_t queue_limit_;
  bool rebuilt_ = false;

  std::mutex queue_mutex_;
  std::condition_variable job_waits_;
  std::condition_variable room_;
  std::deque<Job> queue_;
  bool stopping_ = false;

  std::mutex callback_mutex_;
  SubscriptionId next_subscription_ = 1;
  std::map<SubscriptionId, NewWorkCallback> new_work_callbacks_;
  std::map<SubscriptionId, FailureCallback> failure_callbacks_;

  std::mutex stop_mutex_;
  std::thread thread_;
  std::thread::id thread_id_;
};

template <class F>
auto JournalService::call(F f) -> std::invoke_result_t<F, Journal&> {
  using Answer = std::invoke_result_t<F, Journal&>;
  static_assert(std::is_constructible_v<Answer, Failure>, "the job must return a Result: the service may be stopped");
  // Shared, because the journal thread may still be inside set_value() when the caller has its answer.
  auto promise = std::make_shared<std::promise<Answer>>();
  std::future<Answer> answer = promise->get_future();
  if (!enqueue([promise, &f](Journal& journal) { promise->set_value(f(journal)); })) {
    return fail(ErrorKind::cancelled, "the journal is closed: the program is stopping");
  }
  return answer.get();
}

}  // namespace dl::spool
