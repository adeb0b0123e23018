#include "uplink/events/outbox_relay.h"

namespace dl::uplink {

OutboxRelay::OutboxRelay(OutboxRelayOptions options, std::unique_ptr<EventPublisher> publisher,
                         spool::JournalAccess& journal, const Clock& clock, Random random)
    : journal_(journal), clock_(clock), queue_(options, std::move(publisher), journal, clock, std::move(random)) {}

OutboxRelay::~OutboxRelay() {
  stop(Milliseconds{0});
}

void OutboxRelay::start() {
  queue_.start();
  subscription_ = journal_.on_new_work([this](const spool::NewWork& work) {
    if (work.announcements) wake();
  });
  thread_ = std::thread([this] { run(); });
}

void OutboxRelay::wake() {
  bell_.ring();
}

void OutboxRelay::retry_now() {
  queue_.retry_now();
  bell_.ring();
}

void OutboxRelay::stop(Milliseconds patience) {
  queue_.stop(clock_.steady_now() + patience);
  bell_.ring();
  if (subscription_) journal_.unsubscribe(*subscription_);
  subscription_.reset();
  if (thread_.joinable()) thread_.join();
}

void OutboxRelay::run() {
  while (true) {
    const std::uint64_t heard = bell_.heard();
    std::optional<Milliseconds> wait;
    if (queue_.may_go_on() && queue_.round(wait)) continue;
    if (queue_.stopping()) return;
    bell_.wait(heard, wait);
  }
}

}  // namespace dl::uplink
