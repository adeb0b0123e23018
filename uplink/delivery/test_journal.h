// For tests: the journal without a thread, and a station in one thread with a clock that stands still.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "spool/journal_access.h"

namespace dl::uplink::testing {

// Runs every job at once, in the thread of its caller.
class DirectJournal final : public spool::JournalAccess {
 public:
  // The journal outlives this.
  explicit DirectJournal(spool::Journal& journal) : journal_(journal) {}

  bool post(std::function<Result<void>(spool::Journal&)> f) override {
    return enqueue({std::move(f), [](const Result<void>&) {}});
  }
  SubscriptionId on_new_work(NewWorkCallback callback) override {
    callbacks_.emplace(next_, std::move(callback));
    return next_++;
  }
  void unsubscribe(SubscriptionId id) override { callbacks_.erase(id); }

  // For those who put something in between.
  using spool::JournalAccess::Job;
  void run(Job job) {
    const std::array<const spool::Journal::Job*, 1> jobs{&job.run};
    job.settle(journal_.run_together(jobs).front());
    if (const spool::NewWork work = journal_.take_new_work(); work.deliveries || work.announcements) {
      for (const auto& [id, callback] : callbacks_) callback(work);
    }
  }

 private:
  bool enqueue(Job job) override {
    run(std::move(job));
    return true;
  }

  spool::Journal& journal_;
  SubscriptionId next_ = 1;
  std::map<SubscriptionId, NewWorkCallback> callbacks_;
};

}  // namespace dl::uplink::testing
