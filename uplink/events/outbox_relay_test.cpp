#include "uplink/events/outbox_relay.h"

#include <functional>

#include <gtest/gtest.h>

#include "uplink/delivery/test_station.h"
#include "uplink/events/event_journal_publisher.h"

namespace dl::uplink {
namespace {

using testing::eventually;
using testing::Station;

// What the publisher does and what it was given.
struct Topic {
  using Act = std::function<PublishOutcome(std::span<const spool::Announcement>)>;

  std::mutex mutex;
  std::vector<std::vector<std::string>> batches;  // event ids
  std::vector<std::string> taken;                 // event ids of batches that were sent
  std::vector<Act> script;                        // before the fallback
  std::string poison;                             // an event id that makes its batch rejected
  std::function<bool(const std::string& key)> fails_for_key;

  static PublishOutcome fails(PublishKind kind) { return {kind, "scripted", {}, std::nullopt}; }
  PublishOutcome play(std::span<const spool::Announcement> batch) {
    const std::lock_guard lock(mutex);
    auto& ids = batches.emplace_back();
    for (const auto& event : batch) {
      ids.push_back(event.event_id);
      EXPECT_EQ(event.ordering_key, batch.front().ordering_key);
    }
    if (!script.empty()) {
      const Act act = script.front();
      script.erase(script.begin());
      const PublishOutcome outcome = act(batch);
      if (outcome.kind != PublishKind::sent) return outcome;
    }
    if (fails_for_key && fails_for_key(batch.front().ordering_key)) return fails(PublishKind::retry_later);
    PublishOutcome outcome{PublishKind::sent, {}, {}, std::nullopt};
    for (const auto& id : ids) {
      if (id == poison) return fails(PublishKind::rejected);
      outcome.message_ids.push_back("message-" + id);
    }
    taken.insert(taken.end(), ids.begin(), ids.end());
    return outcome;
  }
};

class TopicPublisher final : public EventPublisher {
 public:
  explicit TopicPublisher(Topic& topic) : topic_(topic) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] std::size_t batch_size(std::span<const spool::Announcement> events) const override {
    return std::min<std::size_t>(events.size(), 3);
  }
  PublishOutcome publish(std::span<const spool::Announcement> batch, const KeepGoing&) override {
    return topic_.play(batch);
  }

 private:
  Topic& topic_;
  std::string name_ = "events";
};

class OutboxRelayTest : public ::testing::Test {
 protected:
  OutboxRelayTest() { options_.retry = {Milliseconds{1}, Milliseconds{5}, Milliseconds{1000}}; }
  void start() {
    relay_.emplace(options_, std::make_unique<TopicPublisher>(topic_), *station_.service, clock_, system_random());
    relay_->start();
  }
  bool all_sent(std::uint64_t events) {
    return eventually([&] { return station_.counts().announcements_sent == events; });
  }
  std::vector<std::string> taken() {
    const std::lock_guard lock(topic_.mutex);
    return topic_.taken;
  }

  SystemClock clock_;
  Station station_;
  Topic topic_;
  OutboxRelayOptions options_;
  std::optional<OutboxRelay> relay_;
};

TEST_F(OutboxRelayTest, EventsThatComeWhileItSleepsGoOutWithTheirMessageIds) {
  start();
  for (const char* id : {"a", "b", "c", "d"}) station_.add_event(id);
  ASSERT_TRUE(all_sent(4));
  for (const auto& event : station_.announcements()) EXPECT_EQ(event.message_id, "message-" + event.event_id);
  EXPECT_TRUE(eventually([&] { return relay_->status().state == EngineState::idle; }));
}

TEST_F(OutboxRelayTest, OneRequestHasOneOrderingKeyAndAKeyKeepsItsOrder) {
  for (int i = 0; i < 12; ++i) station_.add_event("e" + std::to_string(i), i % 2 == 0 ? "even" : "odd");
  start();
  ASSERT_TRUE(all_sent(12));
  std::vector<int> even;
  for (const auto& id : taken()) {
    const int number = std::stoi(id.substr(1));
    if (number % 2 == 0) even.push_back(number);
  }
  EXPECT_EQ(even, (std::vector<int>{0, 2, 4, 6, 8, 10}));
}

TEST_F(OutboxRelayTest, AmbiguousPublishIsSentAgainWithTheSameId) {
  topic_.script.push_back([this](std::span<const spool::Announcement> batch) {
    for (const auto& event : batch) topic_.taken.push_back(event.event_id);
    return Topic::fails(PublishKind::retry_later);  // delivered, but the answer was lost
  });
  station_.add_event("a");
  start();
  ASSERT_TRUE(all_sent(1));
  EXPECT_EQ(taken(), (std::vector<std::string>{"a", "a"}));
}

TEST_F(OutboxRelayTest, FailureOfAKeyKeepsItsOrder) {
  for (int i = 0; i < 4; ++i) {
    topic_.script.push_back(
        [](std::span<const spool::Announcement>) { return Topic::fails(PublishKind::retry_later); });
  }
  for (const char* id : {"1", "2", "3", "4", "5"}) station_.add_event(id, "key");
  start();
  ASSERT_TRUE(all_sent(5));
  EXPECT_EQ(taken(), (std::vector<std::string>{"1", "2", "3", "4", "5"}));
}

TEST_F(OutboxRelayTest, PoisonedEventIsParkedAloneWithAnIncident) {
  topic_.poison = "bad";
  for (const char* id : {"1", "bad", "2", "3"}) station_.add_event(id, "key");
  start();
  ASSERT_TRUE(all_sent(3));
  EXPECT_EQ(taken(), (std::vector<std::string>{"1", "2", "3"}));
  EXPECT_EQ(station_.counts().announcements_parked, 1U);
  ASSERT_TRUE(eventually([&] { return !station_.incidents(true).empty(); }));
  const auto incidents = station_.incidents(true);
  EXPECT_EQ(incidents[0].kind, "event_rejected");
  EXPECT_EQ(incidents[0].subject, "bad");
}

TEST_F(OutboxRelayTest, KeyThatFailsIsHeldInOrderWhileOthersGo) {
  bool mended = false;
  topic_.fails_for_key = [&](const std::string& key) { return key == "bad" && !mended; };
  for (int i = 0; i < 3; ++i) {
    station_.add_event("bad-" + std::to_string(i), "bad");
    station_.add_event("good-" + std::to_string(i), "good");
    station_.add_event("free-" + std::to_string(i));
  }
  start();
  ASSERT_TRUE(all_sent(6));
  EXPECT_EQ(station_.counts().announcements_pending, 3U);
  {
    const std::lock_guard lock(topic_.mutex);
    mended = true;
  }
  ASSERT_TRUE(all_sent(9));
  auto all = taken();
  std::erase_if(all, [](const std::string& id) { return !id.starts_with("bad"); });
  EXPECT_EQ(all, (std::vector<std::string>{"bad-0", "bad-1", "bad-2"}));
}

TEST_F(OutboxRelayTest, IncidentOfAPoisonedEventEndsWhenItIsSentAfterAllAlsoAfterARestart) {
  topic_.poison = "bad";
  station_.add_event("bad");
  start();
  ASSERT_TRUE(eventually([&] { return !station_.incidents(true).empty(); }));
  relay_->stop(Milliseconds{0});
  topic_.poison.clear();
  start();
  ASSERT_TRUE(station_.service->call([&](spool::Journal& journal) { return journal.release_announcement(1); }));
  ASSERT_TRUE(all_sent(1));
  EXPECT_TRUE(station_.incidents(true).empty());
}

TEST_F(OutboxRelayTest, RefusalOpensAnIncidentKeepsTheEventsAndHealsByItself) {
  for (int i = 0; i < 3; ++i) {
    topic_.script.push_back([](std::span<const spool::Announcement>) { return Topic::fails(PublishKind::refused); });
  }
  for (const char* id : {"1", "2", "3"}) station_.add_event(id);
  start();
  ASSERT_TRUE(all_sent(3));
  const auto incidents = station_.incidents(false);
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_EQ(incidents[0].kind, "events_refused");
  EXPECT_EQ(incidents[0].count, 3U);
  EXPECT_TRUE(eventually([&] { return station_.incidents(true).empty(); }));
}

TEST_F(OutboxRelayTest, StopPublishesWhatIsDueWithinItsPatience) {
  for (int i = 0; i < 50; ++i) station_.add_event("e" + std::to_string(i));
  start();
  relay_->stop(Milliseconds{20'000});
  EXPECT_EQ(station_.counts().announcements_sent, 50U);
}

TEST_F(OutboxRelayTest, StopWithoutPatienceLeavesTheRestForTheNextStart) {
  topic_.script.push_back([](std::span<const spool::Announcement>) { return Topic::fails(PublishKind::refused); });
  options_.retry.longest = Milliseconds{60'000};
  station_.add_event("a");
  start();
  ASSERT_TRUE(eventually([&] { return relay_->status().state == EngineState::blocked; }));
  relay_->stop(Milliseconds{0});
  EXPECT_EQ(station_.counts().announcements_pending, 1U);
  relay_.reset();
  start();
  ASSERT_TRUE(all_sent(1));
}

TEST_F(OutboxRelayTest, EventJournalHasEveryEventOnceOverRestarts) {
  const auto path = station_.folder / "events.jsonl";
  const auto run = [&] {
    OutboxRelay relay(options_, std::make_unique<EventJournalPublisher>("events", path), *station_.service, clock_,
                      system_random());
    relay.start();
    relay.stop(Milliseconds{20'000});
  };
  for (int i = 0; i < 10; ++i) station_.add_event("first-" + std::to_string(i));
  // A run that died after it wrote the first two and before it said so.
  const auto due = station_.ask([](spool::Journal& journal) { return journal.due_announcements("events", 2); });
  EventJournalPublisher("events", path).publish(due, {});
  run();
  for (int i = 0; i < 10; ++i) station_.add_event("second-" + std::to_string(i));
  run();
  const std::string text = read_text_file(path).value();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 20);
  EXPECT_EQ(station_.counts().announcements_sent, 20U);
}

}  // namespace
}  // namespace dl::uplink
