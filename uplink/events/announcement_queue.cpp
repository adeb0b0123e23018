#include "uplink/events/announcement_queue.h"

#include <algorithm>

#include <fmt/format.h>

#include "uplink/http/captive_portal.h"

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

AnnouncementQueue::AnnouncementQueue(OutboxRelayOptions options, std::unique_ptr<EventPublisher> publisher,
                                     spool::JournalAccess& journal, const Clock& clock, Random random)
    : options_(options),
      publisher_(std::move(publisher)),
      journal_(journal),
      clock_(clock),
      random_(std::move(random)),
      incidents_(journal),
      gate_(options.retry, random_, clock) {}

void AnnouncementQueue::start() {
  incidents_.load();
  const auto due = ask_what_is_due(clock_.now());
  if (!due || due->events.empty()) return;
  const std::lock_guard lock(mutex_);
  gate_.shut_for(retry_delay(options_.retry, 0, std::nullopt, random_));
}

void AnnouncementQueue::retry_now() {
  const std::lock_guard lock(mutex_);
  gate_.open_early();
}

void AnnouncementQueue::stop(SteadyTime abort_at) {
  abort_at_ = abort_at.time_since_epoch().count();
  stopping_ = true;
}

bool AnnouncementQueue::may_go_on() const {
  return !stopping_ || clock_.steady_now().time_since_epoch().count() < abort_at_;
}

EngineStatus AnnouncementQueue::status() const {
  const std::lock_guard lock(mutex_);
  EngineStatus status = status_;
  status.breaker = gate_.state();
  status.failures = gate_.failures();
  return status;
}

Result<AnnouncementQueue::Due> AnnouncementQueue::ask_what_is_due(UtcTime now) {
  return journal_.call([&](spool::Journal& journal) -> Result<Due> {
    Due found;
    DL_TRY(found.events, journal.due_announcements(publisher_->name(), kEventsPerRound));
    DL_TRY(found.next, journal.next_announcement_time(publisher_->name(), now));
    return found;
  });
}

bool AnnouncementQueue::round(std::optional<Milliseconds>& wait) {
  {
    const std::lock_guard lock(mutex_);
    const auto entered = gate_.enter();
    if (!entered) {
      wait = gate_.wait();
      return false;
    }
    entry_ = *entered;
  }
  const UtcTime now = clock_.now();
  auto due = ask_what_is_due(now);
  bool went = false;
  bool failed = false;
  if (!due) {
    failed = true;
    close_gate(due.error().message, std::nullopt, /*refused=*/false);
  } else if (!due->events.empty()) {
    const auto groups = by_key(std::move(due->events));
    went = std::all_of(groups.begin(), groups.end(), [this](const Events& group) { return publish_key(group); });
    failed = !went;
  }
  const std::lock_guard lock(mutex_);
  gate_.leave(entry_);
  if (went) return true;
  if (failed) {
    wait = gate_.wait();
    return false;
  }
  status_.state = due->next ? EngineState::waiting : EngineState::idle;
  status_.next_attempt_at = due->next;
  if (due->next) {
    wait = std::clamp(std::chrono::ceil<Milliseconds>(*due->next - now), Milliseconds{1}, kLongestSleep);
  }
  return false;
}

bool AnnouncementQueue::publish_key(const Events& events) {
  std::span<const spool::Announcement> rest(events);
  while (!rest.empty()) {
    if (!may_go_on()) return false;
    const std::size_t count = std::clamp<std::size_t>(publisher_->batch_size(rest), 1, rest.size());
    if (!publish_batch(rest.first(count))) return false;
    rest = rest.subspan(count);
  }
  return true;
}

bool AnnouncementQueue::publish_batch(std::span<const spool::Announcement> batch) {
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

bool AnnouncementQueue::on_sent(std::span<const spool::Announcement> batch, const PublishOutcome& outcome) {
  std::vector<IncidentLog::Key> over;
  for (const char* kind : {"events_refused", "publisher_unreachable", "captive_portal"}) {
    over.push_back({kind, publisher_->name()});
  }
  for (const spool::Announcement& event : batch) over.push_back({"event_rejected", event.event_id});
  over = incidents_.open_among(over);
  const auto marked = journal_.call([&](spool::Journal& journal) -> Result<void> {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      DL_CHECK(journal.mark_sent(batch[i].sequence, i < outcome.message_ids.size() ? outcome.message_ids[i] : ""));
    }
    return IncidentLog::close(journal, over);
  });
  if (!marked) {
    close_gate(marked.error().message, std::nullopt, /*refused=*/false);
    return false;
  }
  incidents_.forget(over);
  const std::lock_guard lock(mutex_);
  gate_.succeeded();
  status_ = {};
  status_.state = EngineState::working;
  return true;
}

bool AnnouncementQueue::on_rejected(std::span<const spool::Announcement> batch, const PublishOutcome& outcome) {
  const spool::Announcement& event = batch.front();
  const auto parked = journal_.call([&](spool::Journal& journal) -> Result<void> {
    DL_CHECK(journal.park_announcement(event.sequence, outcome.message));
    DL_CHECK(
        journal.open_incident("event_rejected", event.event_id,
                              fmt::format("publisher '{}' will not take the event of '{}': {}", publisher_->name(),
                                          event.scene_id.empty() ? event.pass_id : event.scene_id, outcome.message),
                              "tell the listeners of this scene in another way; other events are not held up"));
    return {};
  });
  if (!parked) {
    close_gate(parked.error().message, std::nullopt, /*refused=*/false);
    return false;
  }
  incidents_.remember({"event_rejected", event.event_id});
  const std::lock_guard lock(mutex_);
  gate_.succeeded();
  return true;
}

void AnnouncementQueue::on_failed(std::span<const spool::Announcement> batch, const PublishOutcome& outcome) {
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
  [[maybe_unused]] const auto postponed = journal_.call([&](spool::Journal& journal) {
    return journal.postpone_announcement(head.sequence, clock_.now() + delay, outcome.message);
  });
  const std::string about = fmt::format("publisher '{}': {}", publisher_->name(), outcome.message);
  if (refused) {
    incidents_.open(
        "events_refused", publisher_->name(), about,
        "check that the topic exists and that the credentials may publish to it; events wait in the journal "
        "and go out by themselves when it works again");
  } else if (names_captive_portal(outcome.message)) {
    incidents_.open("captive_portal", publisher_->name(), about,
                    "somebody on the way wants a log-in or has cut the line: open a web page from this network and do "
                    "what it asks; events wait in the journal");
  } else if (failing >= options_.unreachable_after) {
    incidents_.open(
        "publisher_unreachable", publisher_->name(), about,
        "check the network path to the service; events wait in the journal and go out by themselves when it "
        "works again");
  }
}

void AnnouncementQueue::close_gate(const std::string& why, std::optional<Seconds> retry_after, bool refused) {
  const std::lock_guard lock(mutex_);
  const Milliseconds wait = gate_.failed(entry_, retry_after, refused);
  status_ = {};
  status_.state = refused ? EngineState::blocked : EngineState::waiting;
  status_.next_attempt_at = clock_.now() + wait;
  status_.last_error = why;
}

}  // namespace dl::uplink
