// What goes next from the outbox to one publisher, and what follows from how it went: the decisions of the relay,
// without a thread of its own. OutboxRelay runs it on a thread, tests/simulation in virtual time.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/clock.h"
#include "spool/journal_access.h"
#include "uplink/delivery/engine_status.h"
#include "uplink/delivery/gate.h"
#include "uplink/delivery/incident_log.h"
#include "uplink/delivery/retry.h"
#include "uplink/events/event_publisher.h"

namespace dl::uplink {

struct OutboxRelayOptions {
  RetryPolicy retry;               // `longest` is also the interval of the probe while we are refused
  Seconds unreachable_after{300};  // failing for so long is worth an incident
};

// Events of one ordering key go out in the order of their making; one that the publisher will never take is parked and
// does not hold up the others. Incidents: "events_refused", "publisher_unreachable" and "captive_portal" about the
// publisher, closed by the next success; "event_rejected" about an event, closed when it was sent after all.
// round() is for one thread, the rest for any.
class AnnouncementQueue {
 public:
  // Journal and clock outlive this.
  AnnouncementQueue(OutboxRelayOptions options, std::unique_ptr<EventPublisher> publisher,
                    spool::JournalAccess& journal, const Clock& clock, Random random);
  AnnouncementQueue(const AnnouncementQueue&) = delete;
  AnnouncementQueue& operator=(const AnnouncementQueue&) = delete;

  // Learns what the last run left. When events wait, the first one goes after a random part of the first retry delay,
  // so that what starts together does not knock at the same instant.
  void start();
  // One look into the outbox, and what is due is published. True when something was sent or parked, so that there may
  // be more; otherwise there is nothing to do for `wait`, or until there is news when that is empty.
  bool round(std::optional<Milliseconds>& wait);
  // Something was mended: the publisher need not be left alone any longer.
  void retry_now();
  // What is due is published until `abort_at`, and then no more.
  void stop(SteadyTime abort_at);
  [[nodiscard]] bool stopping() const { return stopping_; }
  [[nodiscard]] bool may_go_on() const;

  // Does not wait for the journal.
  [[nodiscard]] EngineStatus status() const;

 private:
  using Events = std::vector<spool::Announcement>;
  struct Due {
    Events events;
    std::optional<UtcTime> next;
  };

  Result<Due> ask_what_is_due(UtcTime now);
  // False ends the round: the publisher or the journal fails.
  bool publish_key(const Events& events);
  bool publish_batch(std::span<const spool::Announcement> batch);
  bool on_sent(std::span<const spool::Announcement> batch, const PublishOutcome& outcome);
  bool on_rejected(std::span<const spool::Announcement> batch, const PublishOutcome& outcome);
  void on_failed(std::span<const spool::Announcement> batch, const PublishOutcome& outcome);
  void close_gate(const std::string& why, std::optional<Seconds> retry_after, bool refused);

  OutboxRelayOptions options_;
  std::unique_ptr<EventPublisher> publisher_;
  spool::JournalAccess& journal_;
  const Clock& clock_;
  Random random_;
  IncidentLog incidents_;
  std::atomic<bool> stopping_{false};
  std::atomic<SteadyTime::rep> abort_at_{SteadyTime::max().time_since_epoch().count()};
  Gate::Entry entry_;  // of the running round

  mutable std::mutex mutex_;  // never held while the journal is asked
  Gate gate_;                 // guarded by mutex_, as the next
  EngineStatus status_;       // state, next attempt and last error; the rest is made when it is asked for
};

}  // namespace dl::uplink
