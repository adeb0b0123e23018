// What goes next to one destination, and what follows from how it went: the decisions of its uploader, without threads
// of its own. DeliveryEngine runs it on threads, tests/simulation in virtual time.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "spool/journal_access.h"
#include "uplink/delivery/destination.h"
#include "uplink/delivery/engine_status.h"
#include "uplink/delivery/gate.h"
#include "uplink/delivery/incident_log.h"
#include "uplink/delivery/retry.h"
#include "uplink/delivery/retry_budget.h"
#include "uplink/delivery/throughput.h"

namespace dl::uplink {

struct DeliveryEngineOptions {
  std::string destination;  // its configured name
  unsigned workers = 2;     // uploads at the same time
  RetryPolicy retry;        // `longest` is also the interval of the probe while we are refused
  RetryBudgetOptions retry_budget;
  Seconds unreachable_after{300};  // failing for so long is worth an incident
  // One object that failed so often for so long while others went is worth an incident.
  unsigned stuck_attempts = 8;
  Seconds stuck_after{1800};
};

// What may be sent at the moment.
enum class Sending {
  everything,
  urgent_and_events,  // what an operator made urgent, and item.json: few bytes, and they are waited for
  nothing,
};

// Incidents: "delivery_refused", "destination_unreachable" and "captive_portal" about the destination, closed by the
// next success; "delivery_conflict", "delivery_corrupt", "delivery_rejected" and "delivery_stuck" about an object,
// closed when it is confirmed after all. May be used by several threads.
class DeliveryQueue {
 public:
  // Journal and clock outlive this. make() is called by the journal.
  DeliveryQueue(DeliveryEngineOptions options, spool::JournalAccess& journal, spool::MakeAnnouncements make,
                const Clock& clock, Random random);
  DeliveryQueue(const DeliveryQueue&) = delete;
  DeliveryQueue& operator=(const DeliveryQueue&) = delete;

  // Learns what the last run left. When work waits it begins after a random part of the first retry delay, so that
  // what starts together (a station's destinations, a network's stations) does not knock at the same instant.
  void start();

  // What to work on now, for work(). nullopt: nothing for `wait`, or until recheck() when that is empty too.
  std::optional<spool::Delivery> take(std::optional<Milliseconds>& wait);
  // One attempt at what take() gave, with its result in the journal.
  void work(Destination& destination, const spool::Delivery& delivery);

  // Something has become due, was put on hold or has another priority: uploads that should make way find out at their
  // next chunk.
  void recheck() { ++news_; }
  // Uploads that are not allowed any more end at their next chunk.
  void allow(Sending sending);
  // Something was mended: the destination need not be left alone any longer.
  void retry_now();
  // Takes nothing new; uploads end at their next acknowledged chunk, and after `abort_at` wherever they are.
  void stop(SteadyTime abort_at);
  [[nodiscard]] bool stopping() const { return stopping_; }

  // Neither waits for the journal.
  [[nodiscard]] EngineStatus status() const;
  [[nodiscard]] bool is_active(std::int64_t delivery) const;

 private:
  class Progress;
  struct Active {
    spool::Delivery delivery;
    Gate::Entry entry;
    bool is_retry = false;
    bool has_to_yield = false;
  };
  // An object that fails, until it is delivered.
  struct Failing {
    SteadyTime since{};
    std::uint64_t furthest_bytes = 0;      // more than this is progress, whatever became of the sessions
    std::uint32_t attempts = 0;            // since then; the journal's count begins again with every session's progress
    std::optional<SteadyTime> refused_at;  // when it was refused last
  };
  struct Due {
    std::vector<spool::Delivery> deliveries;
    std::optional<UtcTime> next;
  };

  void heed_clock(UtcTime now);
  Result<Due> ask_what_is_due(std::size_t limit, UtcTime now);
  [[nodiscard]] bool allowed(const spool::Delivery& delivery) const;
  const spool::Delivery* choose(const Due& due, bool is_probe, bool& short_of_budget);
  std::optional<Milliseconds> nothing_to_do(const Due& due, bool short_of_budget, UtcTime now);

  bool has_to_yield(std::int64_t delivery);
  void look_who_waits();
  bool progressed(std::int64_t delivery, std::uint64_t bytes, std::uint64_t committed_bytes);

  Outcome confirm(const Destination& destination, const spool::Delivery& delivery, Outcome outcome);
  void settle(const Destination& destination, const spool::Delivery& delivery, const Outcome& outcome,
              const Progress& progress);
  void postpone(const spool::Delivery& delivery, const Outcome& outcome, const Progress& progress);
  Failing remember_failure(const spool::Delivery& delivery, const Progress& progress);
  bool is_refused_alone(const spool::Delivery& delivery, const Outcome& outcome);
  void park(const Destination& destination, const spool::Delivery& delivery, const Outcome& outcome);
  void learn_success(const spool::Delivery& delivery);
  void report_failure(const Destination& destination, const spool::Delivery& delivery, const Outcome& outcome);
  void report_if_stuck(const Destination& destination, const spool::Delivery& delivery, const Outcome& outcome);

  DeliveryEngineOptions options_;
  spool::JournalAccess& journal_;
  spool::MakeAnnouncements make_;
  const Clock& clock_;
  Random random_;
  IncidentLog incidents_;
  std::atomic<bool> stopping_{false};
  std::atomic<SteadyTime::rep> abort_at_{SteadyTime::max().time_since_epoch().count()};
  std::atomic<std::uint64_t> news_{0};

  // One worker at a time looks for work, and none puts any down meanwhile: what the journal calls due and what is held
  // belong together. Held while the journal is asked, so never taken by status() or retry_now(); before mutex_.
  std::mutex take_mutex_;
  std::optional<Milliseconds> clock_offset_;  // of the wall clock to the steady one; guarded by take_mutex_
  mutable std::mutex mutex_;                  // never held while the journal is asked
  Gate gate_;                                 // guarded by mutex_, as all below
  RetryBudget budget_;
  Throughput throughput_;
  Sending sending_ = Sending::everything;
  std::map<std::int64_t, Active> active_;    // deliveries that a worker holds; changed under both
  std::map<std::int64_t, Failing> failing_;  // objects by delivery; bounded
  std::optional<SteadyTime> last_success_;
  std::int64_t last_failed_ = 0;  // a delivery's id
  std::uint64_t news_looked_at_ = 0;
  SteadyTime looked_at_ = SteadyTime::min();
  EngineStatus status_;  // state, next attempt and last error; the rest is made when it is asked for
};

}  // namespace dl::uplink
