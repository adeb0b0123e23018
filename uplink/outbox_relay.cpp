#include "uplink/outbox_relay.h"

#include <algorithm>

#include <fmt/format.h>

namespace dl::uplink {
namespace {

constexpr std::size_t kEventsPerRound = 256;
constexpr Milliseconds kLongestSleep{60'000};

// Events by ordering key, keys in the order of their first event. Without a key order is nobody's concern, so those
// without one go together.
std::vector<std::vector<spool::Announcement>> by_key(std::vector<spool::Announcement> events) {
  std::vector<std::vector<spool::Announcement>> groups;
  for (spool::Announcement& event : events) {
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& candidate) {
      return candidate.front().ordering_key == event.ordering_key;
    });
    if (group != groups.end()) {
      group->push_back(std::move(event));
    } else {
      groups.emplace_back().push_back(std::move(event));
    }
  }
  return groups;
}

}  // namespace

OutboxRelay::OutboxRelay(OutboxRelayOptions options, std::unique_ptr<EventPublisher> publisher,
                         spool::JournalService& service, const Clock& clock, Random random)
    : options_(options),
      publisher_(std::move(publisher)),
      service_(service),
      clock_(clock),
      random_(std::move(random)),
      incidents_(service),
      gate_(options.retry, random_, clock) {}

OutboxRelay::~OutboxRelay() {
  stop(Milliseconds{0});
}

void OutboxRelay::start() {
  incidents_.load();
  subscription_ = service_.on_new_work([this](const spool::NewWork& work) {
    if (work.announcements) wake();
  });
  thread_ = std::thread([this] { run(); });
}

void OutboxRelay::wake() {
  bell_.ring();
}

void OutboxRelay::retry_now() {
  {
    const std::lock_guard lock(mutex_);
    gate_.open_early();
  }
  wake();
}

void OutboxRelay::stop(Milliseconds patience) {
  abort_at_ = (clock_.steady_now() + patience).time_since_epoch().count();
  stopping_ = true;
  bell_.ring();
  if (subscription_) service_.unsubscribe(*subscription_);
  subscription_.reset();
  if (thread_.joinable()) thread_.join();
}

EngineStatus OutboxRelay::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

bool OutboxRelay::may_go_on() const {
  return !stopping_ || clock_.steady_now().time_since_epoch().count() < abort_at_;
}

void OutboxRelay::run() {
  while (true) {
    const std::uint64_t heard = bell_.heard();
    std::optional<Milliseconds> wait;
    if (may_go_on() && round(wait)) continue;
    if (stopping_) return;
    bell_.wait(heard, wait);
  }
}

bool OutboxRelay::round(std::optional<Milliseconds>& wait) {
  {
    const std::lock_guard lock(mutex_);
    if (!gate_.enter()) {
      wait = gate_.wait();
      return false;
    }
  }
  const UtcTime now = clock_.now();
  struct Due {
    Events events;
    std::optional<UtcTime> next;
  };
  auto due = service_.call([&](spool::Journal& journal) -> Result<Due> {
    Due found;
    DL_TRY(found.events, journal.due_announcements(publisher_->name(), kEventsPerRound));
    DL_TRY(found.next, journal.next_announcement_time(publisher_->name(), now));
    return found;
  });
  if (!due) {
    close_gate(due.error().message, std::nullopt, /*refused=*/false);
  } else if (due->events.empty()) {
    const std::lock_guard lock(mutex_);
    gate_.neutral();
    status_.state = due->next ? EngineState::waiting : EngineState::idle;
    status_.next_attempt_at = due->next;
    if (due->next) {
      const auto until = std::chrono::ceil<Milliseconds>(*due->next - now);
      wait = std::clamp(until, Milliseconds{1}, kLongestSleep);
    }
    return false;
  } else {
    const auto groups = by_key(std::move(due->events));
    if (std::all_of(groups.begin(), groups.end(), [this](const Events& group) { return publish_key(group); }))
      return true;
  }
  const std::lock_guard lock(mutex_);
  wait = gate_.wait();
  return false;
}

bool OutboxRelay::publish_key(const Events& events) {
  std::span<const spool::Announcement> rest(events);
  while (!rest.empty()) {
    if (!may_go_on()) {
      const std::lock_guard lock(mutex_);
      gate_.neutral();
      return false;
    }
    const std::size_t count = std::clamp<std::size_t>(publisher_->batch_size(rest), 1, rest.size());
    if (!publish_batch(rest.first(count))) return false;
    rest = rest.subspan(count);
  }
  return true;
}

bool OutboxRelay::publish_batch(std::span<const spool::Announcement> batch) {
  const PublishOutcome outcome = publisher_->publish(batch, [this] { return may_go_on(); });
  switch (outcome.kind) {
    case PublishKind::sent:
      return on_sent(batch, outcome);
    case PublishKind::rejected:
      if (batch.size() == 1) return on_rejected(batch, outcome);
      // One of them is bad, and only it shall suffer.
      for (std::size_t i = 0; i < batch.size(); ++i) {
        if (!publish_batch(batch.subspan(i, 1))) return false;
      }
      return true;
    default:
      on_failed(batch, outcome);
      return false;
  }
}

bool OutboxRelay::on_sent(std::span<const spool::Announcement> batch, const PublishOutcome& outcome) {
  const auto marked = service_.call([&](spool::Journal& journal) -> Result<void> {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      DL_CHECK(journal.mark_sent(batch[i].sequence, i < outcome.message_ids.size() ? outcome.message_ids[i] : ""));
    }
    return {};
  });
  if (!marked) {
    close_gate(marked.error().message, std::nullopt, /*refused=*/false);
    return false;
  }
  {
    const std::lock_guard lock(mutex_);
    gate_.succeeded();
    status_ = {EngineState::working, std::nullopt, {}};
  }
  incidents_.close("events_refused", publisher_->name());
  incidents_.close("publisher_unreachable", publisher_->name());
  return true;
}

bool OutboxRelay::on_rejected(std::span<const spool::Announcement> batch, const PublishOutcome& outcome) {
  const spool::Announcement& event = batch.front();
  const auto parked = service_.call(
      [&](spool::Journal& journal) { return journal.park_announcement(event.sequence, outcome.message); });
  incidents_.open("event_rejected", event.event_id,
                  fmt::format("publisher '{}' will not take the event of '{}': {}", publisher_->name(),
                              event.scene_id.empty() ? event.pass_id : event.scene_id, outcome.message),
                  "tell the listeners of this scene in another way; other events are not held up");
  if (!parked) {
    close_gate(parked.error().message, std::nullopt, /*refused=*/false);
    return false;
  }
  const std::lock_guard lock(mutex_);
  gate_.succeeded();
  return true;
}

void OutboxRelay::on_failed(std::span<const spool::Announcement> batch, const PublishOutcome& outcome) {
  const bool refused = outcome.kind == PublishKind::refused;
  close_gate(outcome.message, outcome.retry_after, refused);
  Milliseconds failing{0};
  {
    const std::lock_guard lock(mutex_);
    failing = gate_.failing_for();
  }
  // The rest of its key waits behind the first one; the journal lets nobody overtake. Its own wait lets other keys be
  // tried first when the gate opens, in case it is this event that the server stumbles over. While refused the gate
  // alone decides.
  const spool::Announcement& head = batch.front();
  const Milliseconds delay =
      refused ? Milliseconds{0} : retry_delay(options_.retry, head.attempts, outcome.retry_after, random_);
  [[maybe_unused]] const auto postponed = service_.call([&](spool::Journal& journal) {
    return journal.postpone_announcement(head.sequence, clock_.now() + delay, outcome.message);
  });
  const std::string about = fmt::format("publisher '{}': {}", publisher_->name(), outcome.message);
  if (refused) {
    incidents_.open(
        "events_refused", publisher_->name(), about,
        "check that the topic exists and that the credentials may publish to it; events wait in the journal "
        "and go out by themselves when it works again");
  } else if (failing >= options_.unreachable_after) {
    incidents_.open(
        "publisher_unreachable", publisher_->name(), about,
        "check the network path to the service; events wait in the journal and go out by themselves when it "
        "works again");
  }
}

void OutboxRelay::close_gate(const std::string& why, std::optional<Seconds> retry_after, bool refused) {
  const std::lock_guard lock(mutex_);
  const Milliseconds wait = gate_.failed(retry_after, refused);
  status_ = {refused ? EngineState::blocked : EngineState::waiting, clock_.now() + wait, why};
}

}  // namespace dl::uplink
