#include "spool/journal_service.h"

#include <algorithm>
#include <cassert>
#include <future>

namespace dl::spool {

Result<std::unique_ptr<JournalService>> JournalService::start(const std::filesystem::path& path, const Clock& clock,
                                                              std::size_t queue_limit) {
  std::unique_ptr<JournalService> service(new JournalService(queue_limit));
  std::promise<Result<bool>> opened;
  std::future<Result<bool>> outcome = opened.get_future();
  service->thread_ = std::thread([&service = *service, path, &clock, opened = std::move(opened)]() mutable {
    Result<std::unique_ptr<Journal>> journal = Journal::open(path, clock);
    if (!journal) {
      opened.set_value(Failure(std::move(journal).error()));
      return;
    }
    opened.set_value((*journal)->rebuilt());
    service.run(**journal);
  });
  service->thread_id_ = service->thread_.get_id();
  DL_TRY(service->rebuilt_, outcome.get());
  return service;
}

JournalService::~JournalService() {
  stop();
}

bool JournalService::post(std::function<Result<void>(Journal&)> f) {
  return enqueue(telling_failures(std::move(f)));
}

JournalService::Posted JournalService::try_post(const std::function<Result<void>(Journal&)>& f) {
  return try_post(f, [this](const Result<void>& outcome) {
    if (!outcome) tell_failure(outcome.error());
  });
}

JournalService::Posted JournalService::try_post(const std::function<Result<void>(Journal&)>& f,
                                                std::function<void(const Result<void>& outcome)> settled) {
  {
    const std::lock_guard lock(queue_mutex_);
    if (stopping_) return Posted::stopped;
    if (queue_.size() >= queue_limit_) return Posted::full;
    queue_.push_back({f, std::move(settled)});
  }
  job_waits_.notify_one();
  return Posted::taken;
}

JournalAccess::Job JournalService::telling_failures(std::function<Result<void>(Journal&)> f) {
  return {std::move(f), [this](const Result<void>& outcome) {
            if (!outcome) tell_failure(outcome.error());
          }};
}

bool JournalService::enqueue(Job job) {
  {
    std::unique_lock lock(queue_mutex_);
    // After stop() the system may have given the thread's id to another one.
    assert(stopping_ || std::this_thread::get_id() != thread_id_);
    room_.wait(lock, [this] { return stopping_ || queue_.size() < queue_limit_; });
    if (stopping_) return false;
    queue_.push_back(std::move(job));
  }
  job_waits_.notify_one();
  return true;
}

std::vector<JournalAccess::Job> JournalService::next_round() {
  std::vector<Job> jobs;
  {
    std::unique_lock lock(queue_mutex_);
    job_waits_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    const std::size_t count = std::min(queue_.size(), kRoundLimit);
    for (std::size_t i = 0; i < count; ++i) {
      jobs.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
  }
  room_.notify_all();
  return jobs;
}

void JournalService::run(Journal& journal) {
  for (std::vector<Job> jobs = next_round(); !jobs.empty(); jobs = next_round()) {
    std::vector<const Journal::Job*> work;
    for (const Job& job : jobs) work.push_back(&job.run);
    const std::vector<Result<void>> outcomes = journal.run_together(work);
    for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].settle(outcomes[i]);
    const NewWork ready = journal.take_new_work();
    if (ready.deliveries || ready.announcements) tell_new_work(ready);
  }
}

void JournalService::tell_new_work(const NewWork& work) {
  const std::lock_guard lock(callback_mutex_);
  for (const auto& [id, callback] : new_work_callbacks_) callback(work);
}

void JournalService::tell_failure(const Error& error) {
  const std::lock_guard lock(callback_mutex_);
  for (const auto& [id, callback] : failure_callbacks_) callback(error);
}

JournalAccess::SubscriptionId JournalService::on_new_work(NewWorkCallback callback) {
  const std::lock_guard lock(callback_mutex_);
  new_work_callbacks_.emplace(next_subscription_, std::move(callback));
  return next_subscription_++;
}

JournalAccess::SubscriptionId JournalService::on_failure(FailureCallback callback) {
  const std::lock_guard lock(callback_mutex_);
  failure_callbacks_.emplace(next_subscription_, std::move(callback));
  return next_subscription_++;
}

void JournalService::unsubscribe(SubscriptionId id) {
  const std::lock_guard lock(callback_mutex_);
  new_work_callbacks_.erase(id);
  failure_callbacks_.erase(id);
}

void JournalService::stop() {
  {
    const std::lock_guard lock(queue_mutex_);
    stopping_ = true;
  }
  job_waits_.notify_all();
  room_.notify_all();
  const std::lock_guard lock(stop_mutex_);
  if (thread_.joinable()) thread_.join();
}

}  // namespace dl::spool
