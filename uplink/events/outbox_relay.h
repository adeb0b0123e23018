// Publishes what the outbox has for one publisher, on a thread: the shell around AnnouncementQueue. At least once; the
// event ids make it once in effect.
#pragma once

#include <memory>
#include <optional>
#include <thread>

#include "core/clock.h"
#include "spool/journal_access.h"
#include "uplink/delivery/worker_wait.h"
#include "uplink/events/announcement_queue.h"

namespace dl::uplink {

class OutboxRelay {
 public:
  // Journal and clock outlive this.
  OutboxRelay(OutboxRelayOptions options, std::unique_ptr<EventPublisher> publisher, spool::JournalAccess& journal,
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

  [[nodiscard]] EngineStatus status() const { return queue_.status(); }

 private:
  void run();

  spool::JournalAccess& journal_;
  const Clock& clock_;
  AnnouncementQueue queue_;
  WorkerWait bell_;
  std::thread thread_;
  std::optional<spool::JournalAccess::SubscriptionId> subscription_;
};

}  // namespace dl::uplink
