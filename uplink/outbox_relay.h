// Takes what is due for one publisher from the outbox, publishes it, and writes down the result. At least once; the
// event ids make it once in effect.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/clock.h"
#include "spool/journal_service.h"
#include "uplink/delivery_engine.h"
#include "uplink/event_publisher.h"
#include "uplink/gate.h"
#include "uplink/incident_log.h"
#include "uplink/retry.h"
#include "uplink/worker_wait.h"

namespace dl::uplink {

struct OutboxRelayOptions {
  RetryPolicy retry;               // `longest` is also the interval of the probe while we are refused
  Seconds unreachable_after{300};  // failing for so long is worth an incident
};

// Events of one ordering key go out in the order of their making; one that the publisher will never take is parked and
// does not hold up the others. Incidents: "events_refused" and "publisher_unreachable" about the publisher, closed by
// the next success; "event_rejected" about an event.
class OutboxRelay {
 public:
  // Service and clock outlive this.
  OutboxRelay(OutboxRelayOptions options, std::unique_ptr<EventPublisher> publisher, spool::JournalService& service,
              const Clock& clock, Random random);
  ~OutboxRelay();  // stop() without patience
  OutboxRelay(const OutboxRelay&) = delete;
  OutboxRelay& operator=(const OutboxRelay&) = delete;

  void start();
  // Something may have become due. The journal's own news are heard without it.
  void wake();
  // Something was mended: looks at once, however long the publisher was to be left alone.
  void retry_now();
  // Publishes what is due, for at most `patience`, then ends wherever it is. Returns when the thread has ended.
  void stop(Milliseconds patience);

  [[nodiscard]] EngineStatus status() const;

 private:
  using Events = std::vector<spool::Announcement>;

  void run();
  // One look into the outbox; true when something was sent or parked, so that there may be more.
  bool round(std::optional<Milliseconds>& wait);
  // False ends the round: the publisher or the journal fails.
  bool publish_key(const Events& events);
  bool publish_batch(std::span<const spool::Announcement> batch);
  bool on_sent(std::span<const spool::Announcement> batch, const PublishOutcome& outcome);
  bool on_rejected(std::span<const spool::Announcement> batch, const PublishOutcome& outcome);
  void on_failed(std::span<const spool::Announcement> batch, const PublishOutcome& outcome);
  void close_gate(const std::string& why, std::optional<Seconds> retry_after, bool refused);
  [[nodiscard]] bool may_go_on() const;

  OutboxRelayOptions options_;
  std::unique_ptr<EventPublisher> publisher_;
  spool::JournalService& service_;
  const Clock& clock_;
  Random random_;
  IncidentLog incidents_;
  WorkerWait bell_;
  std::atomic<bool> stopping_{false};
  std::atomic<SteadyTime::rep> abort_at_{SteadyTime::max().time_since_epoch().count()};
  std::thread thread_;
  std::optional<spool::JournalService::SubscriptionId> subscription_;

  mutable std::mutex mutex_;
  Gate gate_;  // guarded by mutex_, as the next
  EngineStatus status_;
};

}  // namespace dl::uplink
