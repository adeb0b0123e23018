// Delivers what the journal has for one destination with a few threads: the shell around DeliveryQueue.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "core/clock.h"
#include "spool/journal_access.h"
#include "uplink/delivery/delivery_queue.h"
#include "uplink/delivery/destination.h"
#include "uplink/delivery/worker_wait.h"

namespace dl::uplink {

// One per worker thread.
using DestinationFactory = std::function<std::unique_ptr<Destination>()>;

class DeliveryEngine {
 public:
  // Journal and clock outlive this. make() is called on the journal thread.
  DeliveryEngine(DeliveryEngineOptions options, DestinationFactory factory, spool::JournalAccess& journal,
                 spool::MakeAnnouncements make, const Clock& clock, Random random);
  ~DeliveryEngine();  // stop() without patience
  DeliveryEngine(const DeliveryEngine&) = delete;
  DeliveryEngine& operator=(const DeliveryEngine&) = delete;

  // Asks the journal, and waits for it.
  void start();
  // A delivery was held, released or given another priority. The journal's own news are heard without it.
  void recheck();
  // From now on only this may be sent; uploads under way that may not end at their next chunk and go on later.
  void allow(Sending sending);
  // Something was mended: looks at once, however long the destination was to be left alone.
  void retry_now();
  // Takes nothing new; uploads end at their next acknowledged chunk, and after `patience` wherever they are. What was
  // acknowledged is in the journal either way. Returns when the threads have ended.
  void stop(Milliseconds patience);

  // Neither these nor retry_now() wait for the journal.
  [[nodiscard]] EngineStatus status() const { return queue_.status(); }
  // A worker holds this delivery.
  [[nodiscard]] bool is_active(std::int64_t delivery) const { return queue_.is_active(delivery); }

 private:
  void run();

  unsigned workers_count_;
  DestinationFactory factory_;
  spool::JournalAccess& journal_;
  const Clock& clock_;
  DeliveryQueue queue_;
  WorkerWait bell_;
  std::vector<std::thread> workers_;
  std::optional<spool::JournalAccess::SubscriptionId> subscription_;
};

}  // namespace dl::uplink
