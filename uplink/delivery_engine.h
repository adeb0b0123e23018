// Takes what is due for one destination from the journal, delivers it with a few threads, and writes down the result.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/clock.h"
#include "spool/journal_service.h"
#include "uplink/destination.h"
#include "uplink/gate.h"
#include "uplink/incident_log.h"
#include "uplink/retry.h"
#include "uplink/worker_wait.h"

namespace dl::uplink {

// One per worker thread.
using DestinationFactory = std::function<std::unique_ptr<Destination>()>;

struct DeliveryEngineOptions {
  std::string destination;         // its configured name
  unsigned workers = 2;            // uploads at the same time
  RetryPolicy retry;               // `longest` is also the interval of the probe while we are refused
  Seconds unreachable_after{300};  // failing for so long is worth an incident
};

enum class EngineState {
  idle,  // nothing waits
  working,
  waiting,  // for the next attempt
  blocked,  // refused: needs the operator; probed now and then
};
std::string_view to_string(EngineState state);

struct EngineStatus {
  EngineState state = EngineState::idle;
  std::optional<UtcTime> next_attempt_at;
  std::string last_error;  // empty after a success
};

// Incidents: "delivery_refused" and "destination_unreachable" about the destination, closed by the next success;
// "delivery_conflict", "delivery_corrupt" and "delivery_rejected" about an object, whose delivery is parked, closed
// when it is confirmed after all.
class DeliveryEngine {
 public:
  // Service and clock outlive this. make() is called on the journal thread.
  DeliveryEngine(DeliveryEngineOptions options, DestinationFactory factory, spool::JournalService& service,
                 spool::MakeAnnouncements make, const Clock& clock, Random random);
  ~DeliveryEngine();  // stop() without patience
  DeliveryEngine(const DeliveryEngine&) = delete;
  DeliveryEngine& operator=(const DeliveryEngine&) = delete;

  // Asks the journal, and waits for it.
  void start();
  // Something may have become due. The journal's own news are heard without it.
  void wake();
  // Something was mended: looks at once, however long the destination was to be left alone.
  void retry_now();
  // Takes nothing new; uploads end at their next acknowledged chunk, and after `patience` wherever they are. What was
  // acknowledged is in the journal either way. Returns when the threads have ended.
  void stop(Milliseconds patience);

  // Neither this nor retry_now() waits for the journal.
  [[nodiscard]] EngineStatus status() const;

 private:
  class Progress;

  void run();
  std::optional<spool::Delivery> take(std::optional<Milliseconds>& wait);
  void work(Destination& destination, const spool::Delivery& delivery);
  Outcome confirm(const Destination& destination, const spool::Delivery& delivery, Outcome outcome);
  void settle(const Destination& destination, const spool::Delivery& delivery, const Outcome& outcome, bool progressed);
  void postpone(const spool::Delivery& delivery, const Outcome& outcome, bool progressed);
  void park(const Destination& destination, const spool::Delivery& delivery, const Outcome& outcome);
  void report_success(const spool::Delivery& delivery);
  void report_failure(const Destination& destination, const Outcome& outcome);

  DeliveryEngineOptions options_;
  DestinationFactory factory_;
  spool::JournalService& service_;
  spool::MakeAnnouncements make_;
  const Clock& clock_;
  Random random_;
  IncidentLog incidents_;
  WorkerWait bell_;
  std::atomic<bool> stopping_{false};
  std::atomic<SteadyTime::rep> abort_at_{SteadyTime::max().time_since_epoch().count()};
  std::vector<std::thread> workers_;
  std::optional<spool::JournalService::SubscriptionId> subscription_;

  // One worker at a time looks for work, and none puts any down meanwhile: what the journal calls due and what is held
  // belong together. Held while the journal is asked, so never taken by status() or retry_now(); before mutex_.
  std::mutex take_mutex_;
  mutable std::mutex mutex_;       // never held while the journal is asked
  Gate gate_;                      // guarded by mutex_, as all below
  std::set<std::int64_t> active_;  // deliveries that a worker holds; changed under both
  EngineStatus status_;
};

}  // namespace dl::uplink
