#include "uplink/delivery_engine.h"

#include <algorithm>

#include <fmt/format.h>

namespace dl::uplink {
namespace {

// A wall clock that is set while we sleep must not make us sleep for ever.
constexpr Milliseconds kLongestSleep{60'000};

struct ParkedKind {
  const char* incident;
  const char* action;
};

ParkedKind parked_kind(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::conflict:
      return {"delivery_conflict",
              "find out who wrote the other object; remove or rename it, then 'downlinkctl release' the delivery"};
    case OutcomeKind::corrupt:
      return {"delivery_corrupt",
              "check the disk (SMART, dmesg); make the scene again from the recording with 'downlink-process batch'"};
    default:
      return {"delivery_rejected",
              "read the destination's answer; mend the configuration, then 'downlinkctl release' the delivery"};
  }
}

constexpr OutcomeKind kParkedKinds[] = {OutcomeKind::conflict, OutcomeKind::corrupt, OutcomeKind::permanent};

}  // namespace

std::string_view to_string(EngineState state) {
  switch (state) {
    case EngineState::idle:
      return "idle";
    case EngineState::working:
      return "working";
    case EngineState::waiting:
      return "waiting";
    case EngineState::blocked:
      return "blocked";
  }
  return "unknown";
}

// Writes what an upload learns into the journal, and tells it when to end.
class DeliveryEngine::Progress final : public DeliveryJournal {
 public:
  Progress(DeliveryEngine& engine, std::int64_t delivery) : engine_(engine), delivery_(delivery) {}

  Result<void> record_session(const std::string& session) override {
    return engine_.service_.call([&](spool::Journal& journal) { return journal.record_session(delivery_, session); });
  }
  Result<void> record_progress(std::uint64_t committed_bytes) override {
    if (committed_bytes > most_committed_) {
      most_committed_ = committed_bytes;
      progressed_ = true;
    }
    return engine_.service_.call(
        [&](spool::Journal& journal) { return journal.record_progress(delivery_, committed_bytes); });
  }
  [[nodiscard]] bool stop_requested() const override { return engine_.stopping_; }
  [[nodiscard]] bool abort_requested() const override {
    return engine_.stopping_ && engine_.clock_.steady_now().time_since_epoch().count() >= engine_.abort_at_;
  }
  void start_at(std::uint64_t committed_bytes) { most_committed_ = committed_bytes; }
  [[nodiscard]] bool progressed() const { return progressed_; }

 private:
  DeliveryEngine& engine_;
  std::int64_t delivery_;
  std::uint64_t most_committed_ = 0;
  bool progressed_ = false;
};

DeliveryEngine::DeliveryEngine(DeliveryEngineOptions options, DestinationFactory factory,
                               spool::JournalService& service, spool::MakeAnnouncements make, const Clock& clock,
                               Random random)
    : options_(std::move(options)),
      factory_(std::move(factory)),
      service_(service),
      make_(std::move(make)),
      clock_(clock),
      random_(std::move(random)),
      incidents_(service),
      gate_(options_.retry, random_, clock) {}

DeliveryEngine::~DeliveryEngine() {
  stop(Milliseconds{0});
}

void DeliveryEngine::start() {
  incidents_.load();
  subscription_ = service_.on_new_work([this](const spool::NewWork& work) {
    if (work.deliveries) wake();
  });
  for (unsigned i = 0; i < std::max(1U, options_.workers); ++i) workers_.emplace_back([this] { run(); });
}

void DeliveryEngine::wake() {
  bell_.ring();
}

void DeliveryEngine::retry_now() {
  {
    const std::lock_guard lock(mutex_);
    gate_.open_early();
  }
  wake();
}

void DeliveryEngine::stop(Milliseconds patience) {
  abort_at_ = (clock_.steady_now() + patience).time_since_epoch().count();
  stopping_ = true;
  bell_.ring();
  if (subscription_) service_.unsubscribe(*subscription_);
  subscription_.reset();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

EngineStatus DeliveryEngine::status() const {
  const std::lock_guard lock(mutex_);
  EngineStatus status = status_;
  if (!active_.empty() && status.state != EngineState::blocked) status.state = EngineState::working;
  return status;
}

void DeliveryEngine::run() {
  const std::unique_ptr<Destination> destination = factory_();
  while (!stopping_) {
    const std::uint64_t heard = bell_.heard();
    std::optional<Milliseconds> wait;
    if (const auto delivery = take(wait)) {
      work(*destination, *delivery);
    } else if (!stopping_) {
      bell_.wait(heard, wait);
    }
  }
}

std::optional<spool::Delivery> DeliveryEngine::take(std::optional<Milliseconds>& wait) {
  const std::lock_guard taking(take_mutex_);
  std::size_t held = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!gate_.enter()) {
      wait = gate_.wait();
      return std::nullopt;
    }
    held = active_.size();
  }
  // One more than are being worked on: those are due as well, as far as the journal knows, so the time that matters
  // is the next one from now on.
  const UtcTime now = clock_.now();
  struct Due {
    std::vector<spool::Delivery> deliveries;
    std::optional<UtcTime> next;
  };
  const auto due = service_.call([&](spool::Journal& journal) -> Result<Due> {
    Due found;
    DL_TRY(found.deliveries, journal.due_deliveries(options_.destination, held + 1));
    DL_TRY(found.next, journal.next_delivery_time(options_.destination, now));
    return found;
  });
  const std::lock_guard lock(mutex_);
  if (!due) {
    wait = gate_.failed(std::nullopt, /*slow=*/false);
    status_ = {EngineState::waiting, clock_.now() + *wait, due.error().message};
    return std::nullopt;
  }
  for (const spool::Delivery& delivery : due->deliveries) {
    if (active_.insert(delivery.id).second) return delivery;
  }
  gate_.neutral();
  if (status_.state != EngineState::blocked) status_.state = due->next ? EngineState::waiting : EngineState::idle;
  status_.next_attempt_at = due->next;
  if (due->next) {
    const auto until = std::chrono::ceil<Milliseconds>(*due->next - now);
    wait = std::clamp(until, Milliseconds{1}, kLongestSleep);
  }
  return std::nullopt;
}

void DeliveryEngine::work(Destination& destination, const spool::Delivery& delivery) {
  Progress progress(*this, delivery.id);
  progress.start_at(delivery.committed_bytes);
  auto ended = destination.deliver(delivery, progress);
  Outcome outcome = ended ? *std::move(ended) : Outcome{OutcomeKind::retry_later, ended.error().message, {}, false, {}};
  outcome = confirm(destination, delivery, std::move(outcome));
  settle(destination, delivery, outcome, progress.progressed());
  // Others may have waited for what came of this one.
  bell_.ring();
}

Outcome DeliveryEngine::confirm(const Destination& destination, const spool::Delivery& delivery, Outcome outcome) {
  if (outcome.kind != OutcomeKind::confirmed) return outcome;
  const auto confirmed = service_.call([&](spool::Journal& journal) {
    return journal.confirm_delivery(delivery.id, {outcome.generation, destination.location()}, make_);
  });
  if (confirmed) return outcome;
  // The object is there; the next attempt will find it so. An item.json that has rotted since cannot be announced.
  const bool corrupt = confirmed.error().kind == ErrorKind::corrupt;
  return {corrupt ? OutcomeKind::corrupt : OutcomeKind::retry_later, confirmed.error().message, {}, false, {}};
}

void DeliveryEngine::settle(const Destination& destination, const spool::Delivery& delivery, const Outcome& outcome,
                            bool progressed) {
  switch (outcome.kind) {
    case OutcomeKind::confirmed:
      report_success(delivery);
      break;
    case OutcomeKind::retry_later:
    case OutcomeKind::refused:
      postpone(delivery, outcome, progressed);
      report_failure(destination, outcome);
      break;
    case OutcomeKind::conflict:
    case OutcomeKind::corrupt:
    case OutcomeKind::permanent:
      park(destination, delivery, outcome);
      break;
    case OutcomeKind::stopped:
      break;
  }
  const std::lock_guard taking(take_mutex_);
  const std::lock_guard lock(mutex_);
  active_.erase(delivery.id);
  if (outcome.kind == OutcomeKind::corrupt || outcome.kind == OutcomeKind::stopped) gate_.neutral();
}

void DeliveryEngine::postpone(const spool::Delivery& delivery, const Outcome& outcome, bool progressed) {
  const bool refused = outcome.kind == OutcomeKind::refused;
  Milliseconds wait{0};
  {
    const std::lock_guard lock(mutex_);
    if (progressed) gate_.succeeded();
    wait = gate_.failed(outcome.retry_after, refused);
    status_ = {refused ? EngineState::blocked : EngineState::waiting, clock_.now() + wait, outcome.message};
  }
  // While refused the gate alone decides; the delivery is due as soon as the gate opens.
  const Milliseconds delay =
      refused ? Milliseconds{0}
              : retry_delay(options_.retry, progressed ? 0 : delivery.attempts, outcome.retry_after, random_);
  [[maybe_unused]] const auto postponed = service_.call([&](spool::Journal& journal) {
    return journal.postpone_delivery(delivery.id, clock_.now() + delay, outcome.message);
  });
}

void DeliveryEngine::park(const Destination& destination, const spool::Delivery& delivery, const Outcome& outcome) {
  const auto parked =
      service_.call([&](spool::Journal& journal) { return journal.park_delivery(delivery.id, outcome.message); });
  const ParkedKind kind = parked_kind(outcome.kind);
  incidents_.open(kind.incident, delivery.object_name,
                  fmt::format("destination '{}': {}", destination.name(), outcome.message), kind.action);
  const std::lock_guard lock(mutex_);
  status_.last_error = outcome.message;
  if (parked) {
    // The destination has answered, and that is all that the gate is about.
    if (outcome.kind != OutcomeKind::corrupt) gate_.succeeded();
    return;
  }
  gate_.failed(std::nullopt, /*slow=*/false);
}

void DeliveryEngine::report_success(const spool::Delivery& delivery) {
  {
    const std::lock_guard lock(mutex_);
    gate_.succeeded();
    status_ = {};
  }
  incidents_.close("delivery_refused", options_.destination);
  incidents_.close("destination_unreachable", options_.destination);
  for (const OutcomeKind kind : kParkedKinds) incidents_.close(parked_kind(kind).incident, delivery.object_name);
}

void DeliveryEngine::report_failure(const Destination& destination, const Outcome& outcome) {
  const std::string about = fmt::format("destination '{}' ('{}')", options_.destination, destination.location());
  if (outcome.kind == OutcomeKind::refused) {
    incidents_.open("delivery_refused", options_.destination, fmt::format("{}: {}", about, outcome.message),
                    "check the credentials, the certificates and the bucket's or folder's permissions; scenes wait in "
                    "the spool and go "
                    "out by themselves when it works again");
    return;
  }
  Milliseconds failing{0};
  {
    const std::lock_guard lock(mutex_);
    failing = gate_.failing_for();
  }
  if (failing < options_.unreachable_after) return;
  incidents_.open(
      "destination_unreachable", options_.destination,
      fmt::format("{}: nothing was delivered for {} min; the last attempt: {}", about,
                  std::chrono::floor<std::chrono::minutes>(failing).count(), outcome.message),
      "check the network path to the destination; scenes wait in the spool and go out by themselves when it "
      "works again");
}

}  // namespace dl::uplink
