#include "uplink/delivery/delivery_queue.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "uplink/http/captive_portal.h"

namespace dl::uplink {
namespace {

// A wall clock that is set while we sleep must not make us sleep for ever.
constexpr Milliseconds kLongestSleep{60'000};
constexpr Milliseconds kClockTolerance{5'000};  // more than the slewing of a time service between two looks
// How often at most uploads under way look whether somebody more urgent waits.
constexpr Milliseconds kLookInterval{1000};
// And how often they look without having heard any news: what was postponed becomes due in silence.
constexpr Milliseconds kLookAnyway{10'000};
// How many more than are being worked on are looked at: one to take, and one in its place.
constexpr std::size_t kLook = 2;
// How far behind deliveries that wait for the retry budget new ones are looked for.
constexpr std::size_t kLookPastRetries = 256;
constexpr std::size_t kMostFailingRemembered = 1000;

struct ParkedKind {
  const char* kind;  // of spool::Delivery::parked_kind
  const char* incident;
  const char* action;
};

ParkedKind parked_kind(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::conflict:
      return {"conflict", "delivery_conflict", "find out who wrote the other object; remove or rename it, then "};
    case OutcomeKind::corrupt:
      return {"corrupt", "delivery_corrupt",
              "check the disk (SMART, dmesg); the scene is made again from the recording, and if there is none any "
              "more, give it up with 'downlinkctl drop'; to try the file as it is, "};
    default:
      return {"permanent", "delivery_rejected", "read the destination's answer and mend the configuration, then "};
  }
}

constexpr std::array kParkedKinds = {OutcomeKind::conflict, OutcomeKind::corrupt, OutcomeKind::permanent};

// Whether one is worth interrupting the other for. A newer scene is not: it goes first when there is a choice.
bool overtakes(const spool::Delivery& waiting, const spool::Delivery& active) {
  if (waiting.urgent != active.urgent) return waiting.urgent;
  return waiting.delivery_class < active.delivery_class;
}

spool::DeliveryRank rank_of(const spool::Delivery& delivery) {
  return {delivery.urgent, delivery.delivery_class, delivery.scene_sequence};
}

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
    case EngineState::held:
      return "held";
  }
  return "unknown";
}

std::string_view to_string(BreakerState state) {
  switch (state) {
    case BreakerState::closed:
      return "closed";
    case BreakerState::open:
      return "open";
    case BreakerState::half_open:
      return "half_open";
  }
  return "unknown";
}

// Writes what an upload learns into the journal, and tells it when to end.
class DeliveryQueue::Progress final : public DeliveryJournal {
 public:
  Progress(DeliveryQueue& queue, const spool::Delivery& delivery)
      : queue_(queue), delivery_(delivery.id), most_committed_(delivery.committed_bytes) {}

  Result<void> record_session(const std::string& session) override {
    most_committed_ = 0;
    return queue_.journal_.call([&](spool::Journal& journal) { return journal.record_session(delivery_, session); });
  }
  Result<void> record_progress(std::uint64_t committed_bytes) override {
    DL_CHECK(queue_.journal_.call(
        [&](spool::Journal& journal) { return journal.record_progress(delivery_, committed_bytes); }));
    if (committed_bytes <= most_committed_) return {};
    if (queue_.progressed(delivery_, committed_bytes - most_committed_, committed_bytes)) progressed_ = true;
    most_committed_ = committed_bytes;
    furthest_ = std::max(furthest_, committed_bytes);
    return {};
  }
  Result<void> record_part(const spool::DeliveryPart& part) override {
    DL_CHECK(queue_.journal_.call([&](spool::Journal& journal) { return journal.record_part(delivery_, part); }));
    return {};
  }
  Result<std::vector<spool::DeliveryPart>> parts() override {
    return queue_.journal_.call([&](spool::Journal& journal) { return journal.delivery_parts(delivery_); });
  }
  [[nodiscard]] bool yield_requested() const override { return queue_.has_to_yield(delivery_); }
  [[nodiscard]] bool stop_requested() const override { return queue_.stopping_; }
  [[nodiscard]] bool abort_requested() const override {
    return queue_.stopping_ && queue_.clock_.steady_now().time_since_epoch().count() >= queue_.abort_at_;
  }
  [[nodiscard]] bool progressed() const { return progressed_; }
  [[nodiscard]] std::uint64_t most_committed() const { return most_committed_; }
  // Of all sessions of this attempt.
  [[nodiscard]] std::uint64_t furthest() const { return furthest_; }

 private:
  DeliveryQueue& queue_;
  std::int64_t delivery_;
  std::uint64_t most_committed_;
  std::uint64_t furthest_ = 0;
  bool progressed_ = false;
};

DeliveryQueue::DeliveryQueue(DeliveryEngineOptions options, spool::JournalAccess& journal,
                             spool::MakeAnnouncements make, const Clock& clock, Random random)
    : options_(std::move(options)),
      journal_(journal),
      make_(std::move(make)),
      clock_(clock),
      random_(std::move(random)),
      incidents_(journal),
      gate_(options_.retry, random_, clock),
      budget_(options_.retry_budget, clock),
      throughput_(clock) {
  options_.workers = std::max(1U, options_.workers);
}

void DeliveryQueue::start() {
  incidents_.load();
  const auto due = ask_what_is_due(1, clock_.now());
  if (!due || due->deliveries.empty()) return;
  const std::lock_guard lock(mutex_);
  gate_.shut_for(retry_delay(options_.retry, 0, std::nullopt, random_));
}

void DeliveryQueue::allow(Sending sending) {
  const std::lock_guard lock(mutex_);
  sending_ = sending;
}

void DeliveryQueue::retry_now() {
  const std::lock_guard lock(mutex_);
  gate_.open_early();
}

void DeliveryQueue::stop(SteadyTime abort_at) {
  abort_at_ = abort_at.time_since_epoch().count();
  stopping_ = true;
}

EngineStatus DeliveryQueue::status() const {
  const std::lock_guard lock(mutex_);
  EngineStatus status = status_;
  if (!active_.empty() && status.state != EngineState::blocked) status.state = EngineState::working;
  status.breaker = gate_.state();
  status.failures = gate_.failures();
  status.active = static_cast<std::uint32_t>(active_.size());
  status.retry_budget = budget_.level();
  status.bytes_per_s = throughput_.bytes_per_s();
  return status;
}

bool DeliveryQueue::is_active(std::int64_t delivery) const {
  const std::lock_guard lock(mutex_);
  return active_.contains(delivery);
}

// What to do next

Result<DeliveryQueue::Due> DeliveryQueue::ask_what_is_due(std::size_t limit, UtcTime now) {
  return journal_.call([&](spool::Journal& journal) -> Result<Due> {
    Due found;
    DL_TRY(found.deliveries, journal.due_deliveries(options_.destination, limit));
    DL_TRY(found.next, journal.next_delivery_time(options_.destination, now));
    return found;
  });
}

bool DeliveryQueue::allowed(const spool::Delivery& delivery) const {
  switch (sending_) {
    case Sending::everything:
      return true;
    case Sending::urgent_and_events:
      return delivery.urgent || delivery.delivery_class == spool::DeliveryClass::event;
    case Sending::nothing:
      return false;
  }
  return true;
}

const spool::Delivery* DeliveryQueue::choose(const Due& due, bool is_probe, bool& short_of_budget) {
  const spool::Delivery* last_resort = nullptr;
  for (const spool::Delivery& delivery : due.deliveries) {
    if (active_.contains(delivery.id) || !allowed(delivery)) continue;
    if (is_probe) {
      // A probe is sent whatever the budget says. Not the same object twice when there is another one, for perhaps it
      // is this one that the server stumbles over.
      if (delivery.id != last_failed_) return &delivery;
      if (last_resort == nullptr) last_resort = &delivery;
    } else if (delivery.attempts == 0 || budget_.spend()) {
      return &delivery;
    } else {
      short_of_budget = true;
    }
  }
  return last_resort;
}

std::optional<spool::Delivery> DeliveryQueue::take(std::optional<Milliseconds>& wait) {
  const std::lock_guard taking(take_mutex_);
  std::size_t held = 0;
  Gate::Entry entry;
  {
    const std::lock_guard lock(mutex_);
    const auto entered = gate_.enter();
    if (!entered) {
      // A probe that makes progress opens the gate long before it leaves, and rings no bell.
      wait = gate_.wait().value_or(kLookInterval);
      return std::nullopt;
    }
    entry = *entered;
    held = active_.size();
  }
  // More than are being worked on: those are due as well, as far as the journal knows, so the time that matters is
  // the next one from now on.
  const UtcTime now = clock_.now();
  heed_clock(now);
  bool short_of_budget = false;
  for (const std::size_t more : {kLook, kLookPastRetries}) {
    const auto due = ask_what_is_due(held + more, now);
    const std::lock_guard lock(mutex_);
    if (!due) {
      wait = gate_.failed(entry, std::nullopt, /*slow=*/false);
      gate_.leave(entry);
      status_ = {};
      status_.state = EngineState::waiting;
      status_.next_attempt_at = clock_.now() + *wait;
      status_.last_error = due.error().message;
      return std::nullopt;
    }
    if (const spool::Delivery* chosen = choose(*due, entry.probe, short_of_budget)) {
      const bool is_retry = chosen->attempts > 0 && !entry.probe;
      active_.emplace(chosen->id, Active{*chosen, entry, is_retry, false});
      // Who waits behind it may be more urgent than what the others do.
      ++news_;
      return *chosen;
    }
    if (short_of_budget && more == kLook) continue;
    gate_.leave(entry);
    wait = nothing_to_do(*due, short_of_budget, now);
    return std::nullopt;
  }
  return std::nullopt;
}

// The waits of postponed deliveries are planned by the wall clock, for they outlive a restart. One that is set back
// would stretch them by as much.
void DeliveryQueue::heed_clock(UtcTime now) {
  const auto offset = std::chrono::duration_cast<Milliseconds>(now.time_since_epoch()) -
                      std::chrono::duration_cast<Milliseconds>(clock_.steady_now().time_since_epoch());
  const bool set_back = clock_offset_ && offset < *clock_offset_ - kClockTolerance;
  if (set_back) {
    spool::DeliverySelection ours;
    ours.destination = options_.destination;
    const auto due = journal_.call([&](spool::Journal& journal) { return journal.retry_deliveries(ours); });
    if (!due) return;  // noticed again the next time
  }
  clock_offset_ = offset;
}

std::optional<Milliseconds> DeliveryQueue::nothing_to_do(const Due& due, bool short_of_budget, UtcTime now) {
  const bool held_back = sending_ != Sending::everything && due.deliveries.size() > active_.size();
  std::optional<UtcTime> next = due.next;
  if (short_of_budget) {
    const UtcTime token = now + budget_.wait();
    next = next ? std::min(*next, token) : token;
  }
  if (status_.state != EngineState::blocked) {
    status_.state = held_back ? EngineState::held : next ? EngineState::waiting : EngineState::idle;
  }
  status_.next_attempt_at = next;
  if (!next) return std::nullopt;
  return std::clamp(std::chrono::ceil<Milliseconds>(*next - now), Milliseconds{1}, kLongestSleep);
}

// Making way

bool DeliveryQueue::has_to_yield(std::int64_t delivery) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = active_.find(delivery);
    if (found == active_.end()) return false;
    if (!allowed(found->second.delivery)) return true;
    const SteadyTime now = clock_.steady_now();
    const Milliseconds interval = news_ == news_looked_at_ ? kLookAnyway : kLookInterval;
    if (looked_at_ != SteadyTime::min() && now - looked_at_ < interval) return found->second.has_to_yield;
    news_looked_at_ = news_;
    looked_at_ = now;
  }
  look_who_waits();
  const std::lock_guard lock(mutex_);
  const auto found = active_.find(delivery);
  return found != active_.end() && (found->second.has_to_yield || !allowed(found->second.delivery));
}

void DeliveryQueue::look_who_waits() {
  const std::lock_guard taking(take_mutex_);
  std::vector<std::int64_t> ids;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, active] : active_) ids.push_back(id);
  }
  struct Seen {
    std::vector<spool::Delivery> active;
    std::vector<spool::Delivery> due;
  };
  const auto seen = journal_.call([&](spool::Journal& journal) -> Result<Seen> {
    Seen found;
    for (const std::int64_t id : ids) {
      DL_TRY(auto delivery, journal.delivery(id));
      if (delivery) found.active.push_back(*std::move(delivery));
    }
    DL_TRY(found.due, journal.due_deliveries(options_.destination, ids.size() + 1));
    return found;
  });
  // Nobody makes way for what nobody can tell.
  if (!seen) return;
  const std::lock_guard lock(mutex_);
  Active* last = nullptr;
  for (const spool::Delivery& now : seen->active) {
    const auto found = active_.find(now.id);
    if (found == active_.end()) continue;
    Active& active = found->second;
    const bool wanted = now.state == spool::DeliveryState::queued || now.state == spool::DeliveryState::uploading;
    active.has_to_yield = now.on_hold || !wanted;
    active.delivery.urgent = now.urgent;
    if (last == nullptr || spool::goes_before(rank_of(last->delivery), rank_of(active.delivery))) last = &active;
  }
  if (last == nullptr || active_.size() < options_.workers) return;
  const auto waiting = std::find_if(seen->due.begin(), seen->due.end(), [this](const spool::Delivery& delivery) {
    return !active_.contains(delivery.id) && allowed(delivery);
  });
  if (waiting != seen->due.end() && overtakes(*waiting, last->delivery)) last->has_to_yield = true;
}

// False when an earlier session had come as far: a server that loses every session lets us send for ever.
bool DeliveryQueue::progressed(std::int64_t delivery, std::uint64_t bytes, std::uint64_t committed_bytes) {
  const std::lock_guard lock(mutex_);
  throughput_.add(bytes);
  if (const auto failing = failing_.find(delivery); failing != failing_.end()) {
    if (committed_bytes <= failing->second.furthest_bytes) return false;
    failing->second.furthest_bytes = committed_bytes;
    failing->second.attempts = 0;
    failing->second.since = clock_.steady_now();
  }
  gate_.succeeded();
  const auto found = active_.find(delivery);
  if (found == active_.end()) return true;
  budget_.succeeded(found->second.is_retry);
  found->second.is_retry = false;
  return true;
}

// One attempt and what follows

void DeliveryQueue::work(Destination& destination, const spool::Delivery& delivery) {
  Progress progress(*this, delivery);
  auto ended = destination.deliver(delivery, progress);
  Outcome outcome;
  if (ended) {
    outcome = *std::move(ended);
  } else {
    outcome.message = ended.error().message;
  }
  outcome = confirm(destination, delivery, std::move(outcome));
  if (outcome.kind == OutcomeKind::confirmed && !outcome.was_there) {
    const std::lock_guard lock(mutex_);
    throughput_.add(delivery.size_bytes - std::min(delivery.size_bytes, progress.most_committed()));
  }
  settle(destination, delivery, outcome, progress);
}

Outcome DeliveryQueue::confirm(const Destination& destination, const spool::Delivery& delivery, Outcome outcome) {
  if (outcome.kind != OutcomeKind::confirmed) return outcome;
  // What was wrong with the destination or this object is over, and a crash right now must not leave it open.
  std::vector<IncidentLog::Key> over = {{"delivery_stuck", delivery.object_name}};
  for (const OutcomeKind kind : kParkedKinds) over.push_back({parked_kind(kind).incident, delivery.object_name});
  for (const char* kind : {"delivery_refused", "destination_unreachable", "captive_portal"}) {
    over.push_back({kind, options_.destination});
  }
  over = incidents_.open_among(over);
  const auto confirmed = journal_.call([&](spool::Journal& journal) -> Result<void> {
    DL_CHECK(journal.confirm_delivery(delivery.id, {outcome.generation, destination.location()}, make_));
    return IncidentLog::close(journal, over);
  });
  if (confirmed) {
    incidents_.forget(over);
    return outcome;
  }
  // The object is there; the next attempt will find it so. An item.json that has rotted since cannot be announced.
  Outcome failed;
  failed.kind = confirmed.error().kind == ErrorKind::corrupt ? OutcomeKind::corrupt : OutcomeKind::retry_later;
  failed.message = confirmed.error().message;
  return failed;
}

void DeliveryQueue::settle(const Destination& destination, const spool::Delivery& delivery, const Outcome& outcome,
                           const Progress& progress) {
  switch (outcome.kind) {
    case OutcomeKind::confirmed:
      learn_success(delivery);
      break;
    case OutcomeKind::retry_later:
    case OutcomeKind::refused: {
      Outcome failed = outcome;
      if (is_refused_alone(delivery, outcome)) failed.kind = OutcomeKind::retry_later;
      postpone(delivery, failed, progress);
      report_failure(destination, delivery, failed);
      break;
    }
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
  const auto active = active_.find(delivery.id);
  if (active == active_.end()) return;
  gate_.leave(active->second.entry);
  if (active->second.is_retry && outcome.kind == OutcomeKind::stopped) budget_.give_back();
  active_.erase(active);
}

// Others were delivered since it was refused the last time: then it is this object and not the destination, and must
// not close the way for all.
bool DeliveryQueue::is_refused_alone(const spool::Delivery& delivery, const Outcome& outcome) {
  if (outcome.kind != OutcomeKind::refused) return false;
  const std::lock_guard lock(mutex_);
  if (failing_.size() >= kMostFailingRemembered && !failing_.contains(delivery.id)) return false;
  const SteadyTime now = clock_.steady_now();
  Failing& failing = failing_.try_emplace(delivery.id, Failing{now, 0, 0, {}}).first->second;
  const auto before = std::exchange(failing.refused_at, now);
  return before && last_success_ && *last_success_ > *before;
}

DeliveryQueue::Failing DeliveryQueue::remember_failure(const spool::Delivery& delivery, const Progress& progress) {
  const SteadyTime now = clock_.steady_now();
  if (failing_.size() >= kMostFailingRemembered && !failing_.contains(delivery.id)) {
    return {now, progress.furthest(), delivery.attempts + 1, {}};
  }
  Failing& failing = failing_.try_emplace(delivery.id, Failing{now, 0, delivery.attempts, {}}).first->second;
  failing.furthest_bytes = std::max(failing.furthest_bytes, progress.furthest());
  failing.attempts = progress.progressed() ? 1 : failing.attempts + 1;
  return failing;
}

void DeliveryQueue::postpone(const spool::Delivery& delivery, const Outcome& outcome, const Progress& progress) {
  const bool refused = outcome.kind == OutcomeKind::refused;
  std::uint32_t attempts = 0;  // before this one
  {
    const std::lock_guard lock(mutex_);
    if (progress.progressed()) gate_.succeeded();
    last_failed_ = delivery.id;
    attempts = remember_failure(delivery, progress).attempts - 1;
    const auto active = active_.find(delivery.id);
    const Gate::Entry entry = active == active_.end() ? Gate::Entry{} : active->second.entry;
    const Milliseconds wait = gate_.failed(entry, outcome.retry_after, refused);
    status_ = {};
    status_.state = refused ? EngineState::blocked : EngineState::waiting;
    status_.next_attempt_at = clock_.now() + wait;
    status_.last_error = outcome.message;
  }
  // While refused the gate alone decides; the delivery is due as soon as the gate opens.
  const Milliseconds delay =
      refused ? Milliseconds{0} : retry_delay(options_.retry, attempts, outcome.retry_after, random_);
  [[maybe_unused]] const auto postponed = journal_.call([&](spool::Journal& journal) {
    return journal.postpone_delivery(delivery.id, clock_.now() + delay, outcome.message);
  });
}

void DeliveryQueue::park(const Destination& destination, const spool::Delivery& delivery, const Outcome& outcome) {
  const ParkedKind kind = parked_kind(outcome.kind);
  const bool corrupt = outcome.kind == OutcomeKind::corrupt;
  const auto parked = journal_.call([&](spool::Journal& journal) -> Result<void> {
    // A scene with a rotten file goes nowhere any more, to no destination, until it was made again.
    DL_CHECK(corrupt ? journal.quarantine_scene(delivery.scene_id, outcome.message)
                     : journal.park_delivery(delivery.id, kind.kind, outcome.message));
    DL_CHECK(journal.open_incident(kind.incident, delivery.object_name,
                                   fmt::format("destination '{}': {}", destination.name(), outcome.message),
                                   fmt::format("{}'downlinkctl release {}'", kind.action, delivery.id)));
    return {};
  });
  if (parked) incidents_.remember({kind.incident, delivery.object_name});
  const std::lock_guard lock(mutex_);
  status_.last_error = outcome.message;
  failing_.erase(delivery.id);
  if (parked) {
    // The destination has answered, and that is all that the gate is about.
    if (!corrupt) gate_.succeeded();
    return;
  }
  const auto active = active_.find(delivery.id);
  if (active != active_.end()) gate_.failed(active->second.entry, std::nullopt, /*slow=*/false);
}

void DeliveryQueue::learn_success(const spool::Delivery& delivery) {
  const std::lock_guard lock(mutex_);
  gate_.succeeded();
  last_success_ = clock_.steady_now();
  failing_.erase(delivery.id);
  status_ = {};
  const auto active = active_.find(delivery.id);
  if (active == active_.end()) return;
  budget_.succeeded(active->second.is_retry);
  active->second.is_retry = false;
}

void DeliveryQueue::report_failure(const Destination& destination, const spool::Delivery& delivery,
                                   const Outcome& outcome) {
  const std::string about = fmt::format("destination '{}' ('{}')", options_.destination, destination.location());
  if (outcome.kind == OutcomeKind::refused) {
    incidents_.open("delivery_refused", options_.destination, fmt::format("{}: {}", about, outcome.message),
                    "check the credentials, the certificates and the bucket's or folder's permissions; scenes wait in "
                    "the spool and go out by themselves when it works again");
    return;
  }
  if (names_captive_portal(outcome.message)) {
    incidents_.open("captive_portal", options_.destination, fmt::format("{}: {}", about, outcome.message),
                    "somebody on the way wants a log-in or has cut the line: open a web page from this network and do "
                    "what it asks; scenes wait in the spool");
    return;
  }
  report_if_stuck(destination, delivery, outcome);
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

void DeliveryQueue::report_if_stuck(const Destination& destination, const spool::Delivery& delivery,
                                    const Outcome& outcome) {
  Milliseconds failing{0};
  std::uint32_t attempts = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto found = failing_.find(delivery.id);
    // When nothing else goes either it is not this object's fault.
    if (found == failing_.end() || !last_success_ || *last_success_ <= found->second.since) return;
    failing = std::chrono::floor<Milliseconds>(clock_.steady_now() - found->second.since);
    attempts = found->second.attempts;
  }
  if (attempts < options_.stuck_attempts || failing < options_.stuck_after) return;
  incidents_.open("delivery_stuck", delivery.object_name,
                  fmt::format("destination '{}': failed {} times in {} min while others were delivered; the last "
                              "attempt: {}",
                              destination.name(), attempts, std::chrono::floor<std::chrono::minutes>(failing).count(),
                              outcome.message),
                  fmt::format("ask who runs the destination what it has against this object; 'downlinkctl hold {}' "
                              "keeps it back; it is tried on until then",
                              delivery.id));
}

}  // namespace dl::uplink
