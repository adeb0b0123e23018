// The journal thread: the only one that touches SQLite. Every other thread hands its work over here. What waits in the
// queue shares one commit (Journal::run_together), so that many callers together are not slower than the disk's syncs.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/clock.h"
#include "core/error.h"
#include "spool/journal_access.h"

namespace dl::spool {

// Safe to use from any thread. Jobs run one at a time in the order in which they were handed over. The queue is
// bounded in jobs; whoever finds it full waits, for bookkeeping must not be dropped and the disk sets the pace. Who
// must not wait asks with try_post(), and comes again.
class JournalService final : public JournalAccess {
 public:
  static constexpr std::size_t kQueueLimit = 1024;
  // Jobs in one commit: enough to make the sync cheap, few enough for the first one not to wait long for the last.
  static constexpr std::size_t kRoundLimit = 128;
  using FailureCallback = std::function<void(const Error&)>;

  // Opens the journal (kinds as Journal::open) on its own thread. `clock` is asked on that thread only and must
  // outlive the service.
  static Result<std::unique_ptr<JournalService>> start(const std::filesystem::path& path, const Clock& clock,
                                                       std::size_t queue_limit = kQueueLimit);
  // stop().
  ~JournalService() override;
  JournalService(const JournalService&) = delete;
  JournalService& operator=(const JournalService&) = delete;

  // Journal::rebuilt() of the journal that start() opened.
  [[nodiscard]] bool rebuilt() const { return rebuilt_; }

  // JournalAccess. The callbacks run on the journal thread and must not use the service.
  bool post(std::function<Result<void>(Journal&)> f) override;
  SubscriptionId on_new_work(NewWorkCallback callback) override;
  void unsubscribe(SubscriptionId id) override;

  enum class Posted { taken, full, stopped };
  // As post(), but never waits: f will not run when the queue is full or the service is stopped.
  Posted try_post(const std::function<Result<void>(Journal&)>& f);
  // Likewise; `settled` is called on the journal thread, exactly once, when what f did is durable, or has failed: with
  // f's own failure or that of the commit. f may be run twice before.
  Posted try_post(const std::function<Result<void>(Journal&)>& f,
                  std::function<void(const Result<void>& outcome)> settled);

  // `callback` runs on the journal thread when a posted job, or the commit of what it did, failed. It
  // must be cheap and must not use the service.
  SubscriptionId on_failure(FailureCallback callback);

  // Takes no more jobs, runs those that wait, ends the thread, closes the journal. Repeating it does nothing.
  void stop();

 private:
  explicit JournalService(std::size_t queue_limit) : queue_limit_(queue_limit) {}
  bool enqueue(Job job) override;
  Job telling_failures(std::function<Result<void>(Journal&)> f);
  void run(Journal& journal);
  std::vector<Job> next_round();  // empty: stopped, and nothing waits
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

}  // namespace dl::spool
