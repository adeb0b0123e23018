#include "uplink/delivery/delivery_engine.h"

#include <algorithm>

namespace dl::uplink {

DeliveryEngine::DeliveryEngine(DeliveryEngineOptions options, DestinationFactory factory, spool::JournalAccess& journal,
                               spool::MakeAnnouncements make, const Clock& clock, Random random)
    : workers_count_(std::max(1U, options.workers)),
      factory_(std::move(factory)),
      journal_(journal),
      clock_(clock),
      queue_(std::move(options), journal, std::move(make), clock, std::move(random)) {}

DeliveryEngine::~DeliveryEngine() {
  stop(Milliseconds{0});
}

void DeliveryEngine::start() {
  queue_.start();
  subscription_ = journal_.on_new_work([this](const spool::NewWork& work) {
    if (work.deliveries) recheck();
  });
  for (unsigned i = 0; i < workers_count_; ++i) workers_.emplace_back([this] { run(); });
}

void DeliveryEngine::recheck() {
  queue_.recheck();
  bell_.ring();
}

void DeliveryEngine::allow(Sending sending) {
  queue_.allow(sending);
  bell_.ring();
}

void DeliveryEngine::retry_now() {
  queue_.retry_now();
  bell_.ring();
}

void DeliveryEngine::stop(Milliseconds patience) {
  queue_.stop(clock_.steady_now() + patience);
  bell_.ring();
  if (subscription_) journal_.unsubscribe(*subscription_);
  subscription_.reset();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

void DeliveryEngine::run() {
  const std::unique_ptr<Destination> destination = factory_();
  while (!queue_.stopping()) {
    const std::uint64_t heard = bell_.heard();
    std::optional<Milliseconds> wait;
    if (const auto delivery = queue_.take(wait)) {
      queue_.work(*destination, *delivery);
      // Others may have waited for what came of this one.
      bell_.ring();
    } else if (!queue_.stopping()) {
      bell_.wait(heard, wait);
    }
  }
}

}  // namespace dl::uplink
