#include "uplink/delivery/delivery_engine.h"

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>

#include <gtest/gtest.h>

#include "uplink/delivery/test_station.h"

namespace dl::uplink {
namespace {

using testing::eventually;
using testing::Station;

// What the destination does and what was asked of it, shared by its workers.
struct Stage {
  using Act = std::function<Result<Outcome>(const spool::Delivery&, DeliveryJournal&)>;

  Result<Outcome> play(const spool::Delivery& delivery, DeliveryJournal& journal) {
    Act act;
    {
      const std::lock_guard lock(mutex);
      calls.push_back(delivery.asset);
      EXPECT_TRUE(in_hand.insert(delivery.id).second) << "two workers have " << delivery.object_name;
      most_at_once = std::max(most_at_once, in_hand.size());
      auto& acts = script[delivery.asset];
      if (!acts.empty()) {
        act = acts.front();
        acts.erase(acts.begin());
      } else {
        act = fallback;
      }
    }
    auto outcome = act(delivery, journal);
    const std::lock_guard lock(mutex);
    in_hand.erase(delivery.id);
    return outcome;
  }
  std::size_t count(const std::string& asset) {
    const std::lock_guard lock(mutex);
    return static_cast<std::size_t>(std::count(calls.begin(), calls.end(), asset));
  }

  std::mutex mutex;
  std::vector<std::string> calls;
  std::set<std::int64_t> in_hand;
  std::size_t most_at_once = 0;
  std::map<std::string, std::vector<Act>> script;  // by asset, before the fallback
  Act fallback = [](const spool::Delivery&, DeliveryJournal&) -> Result<Outcome> {
    return Outcome{OutcomeKind::confirmed, {}, "7", false, {}};
  };
};

class StageDestination final : public Destination {
 public:
  explicit StageDestination(Stage& stage) : stage_(stage) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] const std::string& location() const override { return location_; }
  Result<Outcome> deliver(const spool::Delivery& delivery, DeliveryJournal& journal) override {
    return stage_.play(delivery, journal);
  }

 private:
  Stage& stage_;
  std::string name_ = "cloud";
  std::string location_ = "scenes";
};

Stage::Act ends_with(OutcomeKind kind, std::optional<Seconds> after = std::nullopt) {
  return [kind, after](const spool::Delivery&, DeliveryJournal&) -> Result<Outcome> {
    return Outcome{kind, "scripted " + std::string(to_string(kind)), {}, false, after};
  };
}

class DeliveryEngineTest : public ::testing::Test {
 protected:
  DeliveryEngineTest() {
    options_.destination = "cloud";
    options_.retry = {Milliseconds{1}, Milliseconds{5}, Milliseconds{1000}};
  }
  DeliveryEngine& start() {
    engine_.emplace(
        options_, [this] { return std::make_unique<StageDestination>(stage_); }, *station_.service,
        [](const spool::DeliveredScene& delivered) {
          spool::Announcement event;
          event.event_id = "event-of-" + delivered.scene.id + "-at-" + delivered.location;
          event.publisher = "events";
          event.attributes_json = "{}";
          event.payload = delivered.item_json;
          return std::vector{event};
        },
        clock_, system_random());
    engine_->start();
    return *engine_;
  }
  void add_scene(const std::string& id = "s1") {
    station_.add_scene(id, {{"band-1.tif", "one"}, {"band-2.tif", "two"}, {"item.json", "{}"}});
  }
  bool all_confirmed(std::uint64_t deliveries) {
    return eventually([&] { return station_.counts().deliveries_confirmed == deliveries; });
  }

  SystemClock clock_;
  Station station_;
  Stage stage_;
  DeliveryEngineOptions options_;
  std::optional<DeliveryEngine> engine_;
};

TEST_F(DeliveryEngineTest, SceneThatIsCommittedWhileItSleepsIsDeliveredItemLastAndAnnouncedOnce) {
  start();
  add_scene();
  ASSERT_TRUE(all_confirmed(3));
  EXPECT_EQ(stage_.calls.size(), 3U);
  EXPECT_EQ(stage_.calls.back(), "item.json");
  const auto events = station_.announcements();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].event_id, "event-of-s1-at-scenes");
  EXPECT_TRUE(eventually([&] { return engine_->status().state == EngineState::idle; }));
}

TEST_F(DeliveryEngineTest, WorkIsSharedAndNothingIsDeliveredTwice) {
  options_.workers = 4;
  for (int i = 0; i < 25; ++i) add_scene("s" + std::to_string(i));
  start();
  ASSERT_TRUE(all_confirmed(75));
  EXPECT_EQ(stage_.calls.size(), 75U);
  EXPECT_GT(stage_.most_at_once, 0U);
  EXPECT_EQ(station_.announcements().size(), 25U);
}

TEST_F(DeliveryEngineTest, FailureIsTriedAgainWithTheErrorInTheJournalUntilItWorks) {
  for (int i = 0; i < 5; ++i) stage_.script["band-1.tif"].push_back(ends_with(OutcomeKind::retry_later));
  add_scene();
  start();
  ASSERT_TRUE(all_confirmed(3));
  EXPECT_EQ(stage_.count("band-1.tif"), 6U);
  EXPECT_EQ(engine_->status().last_error, "");
}

TEST_F(DeliveryEngineTest, OneObjectThatFailsDoesNotHoldUpTheOthers) {
  for (int i = 0; i < 100; ++i) stage_.script["band-1.tif"].push_back(ends_with(OutcomeKind::retry_later));
  add_scene();
  start();
  ASSERT_TRUE(eventually([&] { return station_.counts().deliveries_confirmed >= 1; }));
  EXPECT_EQ(stage_.count("item.json"), 0U);
}

TEST_F(DeliveryEngineTest, RetryAfterHoldsBackTheWholeDestination) {
  options_.workers = 1;
  options_.retry.longest_retry_after = Milliseconds{60'000};
  stage_.script["band-1.tif"].push_back(ends_with(OutcomeKind::retry_later, Seconds{60}));
  add_scene();
  start();
  ASSERT_TRUE(eventually([&] { return engine_->status().state == EngineState::waiting; }));
  EXPECT_EQ(stage_.count("band-2.tif"), 0U);
  EXPECT_GT(engine_->status().next_attempt_at, clock_.now() + Seconds{30});
  engine_->retry_now();
  ASSERT_TRUE(eventually([&] { return stage_.count("band-2.tif") == 1; }));
}

TEST_F(DeliveryEngineTest, RefusalOpensAnIncidentKeepsEverythingAndHealsByItself) {
  for (int i = 0; i < 3; ++i) stage_.script["item.json"].push_back(ends_with(OutcomeKind::refused));
  station_.add_scene("s1", {{"item.json", "{}"}});
  start();
  ASSERT_TRUE(all_confirmed(1));
  const auto all = station_.incidents(false);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, "delivery_refused");
  EXPECT_EQ(all[0].subject, "cloud");
  EXPECT_EQ(all[0].count, 3U);
  EXPECT_NE(all[0].message.find("scripted refused"), std::string::npos);
  EXPECT_FALSE(all[0].action.empty());
  EXPECT_TRUE(eventually([&] { return station_.incidents(true).empty(); }));
}

TEST_F(DeliveryEngineTest, WhileRefusedOneProbeAtATimeIsSent) {
  stage_.fallback = ends_with(OutcomeKind::refused);
  options_.retry.longest = Milliseconds{60'000};
  options_.workers = 1;
  for (int i = 0; i < 10; ++i) add_scene("s" + std::to_string(i));
  start();
  ASSERT_TRUE(eventually([&] { return engine_->status().state == EngineState::blocked; }));
  engine_->recheck();
  engine_->recheck();
  EXPECT_EQ(station_.counts().deliveries_queued, 30U);
  engine_->stop(Milliseconds{0});
  EXPECT_EQ(stage_.calls.size(), 1U);
}

TEST_F(DeliveryEngineTest, LongSilenceOpensAnIncidentThatTheNextSuccessCloses) {
  options_.unreachable_after = Seconds{0};
  for (int i = 0; i < 3; ++i) stage_.script["item.json"].push_back(ends_with(OutcomeKind::retry_later));
  station_.add_scene("s1", {{"item.json", "{}"}});
  start();
  ASSERT_TRUE(all_confirmed(1));
  const auto all = station_.incidents(false);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, "destination_unreachable");
  EXPECT_TRUE(eventually([&] { return station_.incidents(true).empty(); }));
}

TEST_F(DeliveryEngineTest, HopelessDeliveriesAreParkedWithAnIncidentEach) {
  const std::pair<OutcomeKind, const char*> kCases[] = {{OutcomeKind::conflict, "delivery_conflict"},
                                                        {OutcomeKind::corrupt, "delivery_corrupt"},
                                                        {OutcomeKind::permanent, "delivery_rejected"}};
  for (const auto& [kind, incident] : kCases) {
    stage_.script[incident].push_back(ends_with(kind));
    station_.add_scene(std::string("scene-") + incident, {{incident, "x"}, {"item.json", "{}"}});
  }
  start();
  ASSERT_TRUE(eventually([&] { return station_.incidents(true).size() == 3; }));
  // Of the scene with the rotten file nothing goes out any more.
  EXPECT_EQ(station_.counts().deliveries_parked, 4U);
  for (const auto& incident : station_.incidents(true)) {
    EXPECT_NE(incident.subject.find(incident.kind), std::string::npos);
    EXPECT_FALSE(incident.action.empty());
  }
  // An operator mends it and lets it go: the incident closes itself.
  for (const auto& delivery : station_.deliveries()) {
    if (delivery.state != spool::DeliveryState::parked) continue;
    EXPECT_NE(delivery.last_error.find("scripted"), std::string::npos);
    ASSERT_TRUE(station_.service->call([&](spool::Journal& journal) { return journal.release_delivery(delivery.id); }));
  }
  ASSERT_TRUE(all_confirmed(6));
  EXPECT_TRUE(eventually([&] { return station_.incidents(true).empty(); }));
}

TEST_F(DeliveryEngineTest, ProgressIsJournaledAndResetsTheAttempts) {
  stage_.script["band-1.tif"] = {ends_with(OutcomeKind::retry_later), ends_with(OutcomeKind::retry_later),
                                 [](const spool::Delivery&, DeliveryJournal& journal) -> Result<Outcome> {
                                   DL_CHECK(journal.record_session("http://x/?upload_id=1"));
                                   DL_CHECK(journal.record_progress(2));
                                   return Outcome{OutcomeKind::retry_later, "again", {}, false, {}};
                                 },
                                 [](const spool::Delivery& delivery, DeliveryJournal&) -> Result<Outcome> {
                                   EXPECT_EQ(delivery.session, "http://x/?upload_id=1");
                                   EXPECT_EQ(delivery.committed_bytes, 2U);
                                   EXPECT_EQ(delivery.attempts, 1U);
                                   return Outcome{OutcomeKind::confirmed, {}, "7", false, {}};
                                 }};
  add_scene();
  start();
  ASSERT_TRUE(all_confirmed(3));
}

TEST_F(DeliveryEngineTest, StopLetsAnUploadReachItsCheckpointAndAbortsItAfterThePatience) {
  std::atomic<bool> uploading{false};
  std::atomic<bool> stop_came_first{false};
  stage_.fallback = [&](const spool::Delivery&, DeliveryJournal& journal) -> Result<Outcome> {
    uploading = true;
    while (!journal.stop_requested()) std::this_thread::yield();
    stop_came_first = !journal.abort_requested();
    while (!journal.abort_requested()) std::this_thread::yield();
    return Outcome{OutcomeKind::stopped, "asked to stop", {}, false, {}};
  };
  add_scene();
  start();
  ASSERT_TRUE(eventually([&] { return uploading.load(); }));
  engine_->stop(Milliseconds{300});
  EXPECT_TRUE(stop_came_first);
  for (const auto& delivery : station_.deliveries()) EXPECT_EQ(delivery.attempts, 0U);
}

// Tells how often it was asked for the time of day, which a worker does right before it asks the journal.
class CountingClock final : public Clock {
 public:
  [[nodiscard]] UtcTime now() const override {
    ++asked;
    return system_.now();
  }
  [[nodiscard]] SteadyTime steady_now() const override { return system_.steady_now(); }
  mutable std::atomic<int> asked{0};

 private:
  SystemClock system_;
};

TEST_F(DeliveryEngineTest, StatusAndRetryDoNotWaitForAJournalThatHangs) {
  const CountingClock clock;
  options_.workers = 1;
  DeliveryEngine engine(
      options_, [this] { return std::make_unique<StageDestination>(stage_); }, *station_.service,
      [](const spool::DeliveredScene&) { return std::vector<spool::Announcement>(); }, clock, system_random());
  engine.start();
  ASSERT_TRUE(eventually([&] { return clock.asked > 0; }));
  station_.counts();  // whatever the worker asked is answered
  // Read before the journal hangs: a worker that hangs with it asks the clock no more.
  const int asked = clock.asked;
  std::promise<void> gate;
  station_.service->post([opened = gate.get_future().share()](spool::Journal&) -> Result<void> {
    opened.wait();
    return {};
  });
  ASSERT_TRUE(eventually([&] {
    engine.recheck();
    return clock.asked > asked;
  }));
  auto answered = std::async(std::launch::async, [&] {
    engine.retry_now();
    return engine.status().last_error;
  });
  EXPECT_EQ(answered.wait_for(Seconds{5}), std::future_status::ready);
  gate.set_value();
  EXPECT_EQ(answered.get(), "");
}

TEST_F(DeliveryEngineTest, JournalThatIsClosedEndsNothingButTheWork) {
  add_scene();
  station_.service->stop();
  start();
  ASSERT_TRUE(eventually([&] { return engine_->status().state == EngineState::waiting; }));
  engine_->stop(Milliseconds{0});
  EXPECT_TRUE(stage_.calls.empty());
}

}  // namespace
}  // namespace dl::uplink
