#include "uplink/delivery/delivery_queue.h"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "uplink/delivery/test_journal.h"
#include "uplink/delivery/test_station.h"

namespace dl::uplink {
namespace {

using testing::DirectJournal;
using testing::Folder;

// Does what the test says, once per attempt.
class ScriptedDestination final : public Destination {
 public:
  using Act = std::function<Result<Outcome>(const spool::Delivery&, DeliveryJournal&)>;
  explicit ScriptedDestination(Act act) : act_(std::move(act)) {}
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] const std::string& location() const override { return location_; }
  Result<Outcome> deliver(const spool::Delivery& delivery, DeliveryJournal& journal) override {
    return act_(delivery, journal);
  }

 private:
  Act act_;
  std::string name_ = "cloud";
  std::string location_ = "scenes";
};

Outcome outcome(OutcomeKind kind, std::string message = "scripted") {
  Outcome ended;
  ended.kind = kind;
  ended.message = std::move(message);
  ended.generation = "7";
  return ended;
}

ScriptedDestination ends_with(OutcomeKind kind) {
  return ScriptedDestination(
      [kind](const spool::Delivery&, DeliveryJournal&) -> Result<Outcome> { return outcome(kind); });
}

class DeliveryQueueTest : public ::testing::Test {
 protected:
  DeliveryQueueTest() : journal_(spool::Journal::open(folder_ / "journal.db", clock_).value()), access_(*journal_) {
    options_.destination = "cloud";
    options_.workers = 1;
    make_queue();
  }
  void make_queue() {
    queue_.emplace(
        options_, access_, [](const spool::DeliveredScene&) { return std::vector<spool::Announcement>(); }, clock_,
        [this] { return random_ ? random_() : 0.5; });
  }
  // Of files of `bytes` each; the last one is item.json.
  void add_scene(const std::string& id, const std::vector<std::string>& files, std::size_t bytes = 10) {
    spool::SceneManifest manifest;
    manifest.scene_id = id;
    manifest.platform = "metop-b";
    manifest.instrument = "avhrr-3";
    manifest.object_prefix = "metop-b/" + id;
    const auto scene = folder_.path() / "scenes" / id;
    for (const std::string& name : files) {
      const std::string content(bytes, 'x');
      testing::write_text(scene / name, content);
      manifest.assets.push_back(
          {name, "application/octet-stream", content.size(), sha256_hex(as_bytes(content)), crc32c(as_bytes(content))});
    }
    ASSERT_TRUE(journal_->commit_scene(manifest, "", scene, {"cloud"}));
    queue_->recheck();
  }
  std::optional<spool::Delivery> take() {
    std::optional<Milliseconds> wait;
    auto taken = queue_->take(wait);
    wait_ = wait;
    return taken;
  }
  spool::Delivery find(const std::string& object) {
    const auto deliveries = journal_->deliveries(10'000).value();
    for (const spool::Delivery& each : deliveries) {
      if (each.object_name == "metop-b/" + object) return each;
    }
    return {};
  }
  void make_urgent(const std::string& object) {
    spool::DeliverySelection only;
    only.delivery = find(object).id;
    ASSERT_TRUE(journal_->prioritise_deliveries(only, true));
    queue_->recheck();
  }
  std::vector<std::string> open_incidents() {
    std::vector<std::string> kinds;
    const auto incidents = journal_->incidents(true).value();
    for (const auto& each : incidents) kinds.push_back(each.kind);
    return kinds;
  }
  // Sends chunks of a byte until it has to make way.
  ScriptedDestination sender(std::uint64_t& sent) {
    return ScriptedDestination(
        [this, &sent](const spool::Delivery& delivery, DeliveryJournal& notes) -> Result<Outcome> {
          std::uint64_t at = delivery.committed_bytes;
          if (delivery.session.empty()) DL_CHECK(notes.record_session("http://x/?upload_id=1"));
          while (at < delivery.size_bytes) {
            if (notes.yield_requested() || notes.stop_requested()) return outcome(OutcomeKind::stopped);
            clock_.advance(Seconds{2});
            DL_CHECK(notes.record_progress(++at));
            ++sent;
            if (on_chunk_) on_chunk_(at);
          }
          return outcome(OutcomeKind::confirmed);
        });
  }

  Folder folder_;
  ManualClock clock_{parse_utc("2026-05-12T11:52:03Z").value()};
  std::unique_ptr<spool::Journal> journal_;
  DirectJournal access_;
  DeliveryEngineOptions options_;
  std::function<double()> random_;
  std::optional<DeliveryQueue> queue_;
  std::optional<Milliseconds> wait_;
  std::function<void(std::uint64_t)> on_chunk_;
};

TEST_F(DeliveryQueueTest, WallClockThatIsSetBackStretchesNoWait) {
  add_scene("s1", {"item.json"});
  auto away = ends_with(OutcomeKind::retry_later);
  queue_->work(away, *take());
  clock_.advance(options_.retry.longest);
  clock_.step_wall_clock(-std::chrono::minutes{20});
  EXPECT_TRUE(take());
}

TEST_F(DeliveryQueueTest, KillsCountNoAttemptsAndPostponeNothing) {
  add_scene("s1", {"band-1.tif", "item.json"}, 100);
  std::uint64_t sent = 0;
  for (int run = 1; run <= 20; ++run) {
    make_queue();
    queue_->start();
    clock_.advance(Seconds{1});  // the first attempt of a start is spread over so long at most
    const auto delivery = take();
    ASSERT_TRUE(delivery) << "run " << run;
    EXPECT_EQ(delivery->asset, "band-1.tif");
    EXPECT_EQ(delivery->attempts, 0U);
    EXPECT_EQ(delivery->committed_bytes, sent);
    on_chunk_ = [this](std::uint64_t) { queue_->stop(clock_.steady_now()); };
    auto destination = sender(sent);
    queue_->work(destination, *delivery);
  }
  EXPECT_EQ(sent, 20U);
}

TEST_F(DeliveryQueueTest, SmallUrgentSceneOvertakesABigOneAtAChunkBoundary) {
  add_scene("big", {"band-1.tif", "item.json"}, 40);
  std::uint64_t sent = 0;
  auto destination = sender(sent);
  on_chunk_ = [this](std::uint64_t at) {
    if (at != 10) return;
    add_scene("small", {"band-1.tif", "item.json"}, 1);
    make_urgent("small/band-1.tif");
  };
  queue_->work(destination, *take());
  EXPECT_EQ(sent, 10U);
  EXPECT_EQ(find("big/band-1.tif").attempts, 0U);
  EXPECT_EQ(find("big/band-1.tif").session, "http://x/?upload_id=1");

  std::vector<std::string> order;
  while (const auto delivery = take()) {
    order.push_back(delivery->object_name);
    queue_->work(destination, *delivery);
  }
  // item.json is of the class that goes before all others, once it may go.
  EXPECT_EQ(order, (std::vector<std::string>{"metop-b/small/band-1.tif", "metop-b/small/item.json",
                                             "metop-b/big/band-1.tif", "metop-b/big/item.json"}));
  EXPECT_EQ(sent, 40U + 40U + 2U) << "nothing was sent twice";
}

TEST_F(DeliveryQueueTest, NewerSceneInterruptsNothing) {
  add_scene("old", {"band-1.tif", "item.json"}, 40);
  std::uint64_t sent = 0;
  auto destination = sender(sent);
  on_chunk_ = [this](std::uint64_t at) {
    if (at == 10) add_scene("new", {"band-1.tif", "item.json"}, 1);
  };
  queue_->work(destination, *take());
  EXPECT_EQ(find("old/band-1.tif").state, spool::DeliveryState::confirmed);
}

TEST_F(DeliveryQueueTest, NobodyMakesWayWhileAWorkerIsFree) {
  options_.workers = 2;
  make_queue();
  add_scene("big", {"band-1.tif", "item.json"}, 40);
  std::uint64_t sent = 0;
  auto destination = sender(sent);
  on_chunk_ = [this](std::uint64_t at) {
    if (at != 10) return;
    add_scene("small", {"band-1.tif", "item.json"}, 1);
    make_urgent("small/band-1.tif");
  };
  queue_->work(destination, *take());
  EXPECT_EQ(find("big/band-1.tif").state, spool::DeliveryState::confirmed);
}

TEST_F(DeliveryQueueTest, HeldDeliveryEndsAtItsNextChunkAndGoesOnFromThereWhenItIsReleased) {
  add_scene("s1", {"band-1.tif", "item.json"}, 40);
  std::uint64_t sent = 0;
  auto destination = sender(sent);
  on_chunk_ = [this](std::uint64_t at) {
    if (at != 10) return;
    ASSERT_TRUE(journal_->hold_deliveries({}));
    queue_->recheck();
  };
  queue_->work(destination, *take());
  EXPECT_EQ(sent, 10U);
  EXPECT_FALSE(take());
  EXPECT_FALSE(wait_) << "until somebody releases it";
  ASSERT_TRUE(journal_->release_deliveries({}));
  const auto again = take();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->committed_bytes, 10U);
}

TEST_F(DeliveryQueueTest, WhatIsNotAllowedDuringAPassEndsAtItsNextChunkAndUrgentOnesGo) {
  add_scene("s1", {"band-1.tif", "band-2.tif", "item.json"}, 40);
  std::uint64_t sent = 0;
  auto destination = sender(sent);
  on_chunk_ = [this](std::uint64_t at) {
    if (at == 10) queue_->allow(Sending::urgent_and_events);
  };
  queue_->work(destination, *take());
  EXPECT_EQ(sent, 10U);
  EXPECT_FALSE(take());
  EXPECT_EQ(queue_->status().state, EngineState::held);
  make_urgent("s1/band-2.tif");
  ASSERT_TRUE(take());
  queue_->allow(Sending::nothing);
  EXPECT_FALSE(take());
  queue_->allow(Sending::everything);
  EXPECT_TRUE(take());
}

TEST_F(DeliveryQueueTest, StartWithWorkWaitingIsSpreadOverTheFirstRetryDelay) {
  make_queue();
  queue_->start();
  add_scene("s1", {"band-1.tif", "item.json"});
  EXPECT_TRUE(take()) << "nothing waited at the start";
  make_queue();
  queue_->start();
  EXPECT_FALSE(take());
  EXPECT_EQ(wait_, Milliseconds{500});
  clock_.advance(Milliseconds{500});
  EXPECT_TRUE(take());
}

TEST_F(DeliveryQueueTest, ClockThatIsSetBackPostponesNothingForEver) {
  add_scene("s1", {"band-1.tif", "item.json"});
  auto fails = ends_with(OutcomeKind::retry_later);
  queue_->work(fails, *take());
  clock_.step_wall_clock(-std::chrono::hours{24 * 365});
  clock_.advance(Seconds{60});
  std::optional<spool::Delivery> again;
  for (int i = 0; i < 3 && !again; ++i) {
    again = take();
    clock_.advance(wait_.value_or(Milliseconds{0}));
  }
  EXPECT_TRUE(again);
}

TEST_F(DeliveryQueueTest, ObjectThatFailsForHoursWhileOthersGoIsReportedUntilItIsDelivered) {
  add_scene("bad", {"band-1.tif", "item.json"});
  add_scene("good-0", {"band-1.tif", "item.json"});
  auto works = ends_with(OutcomeKind::confirmed);
  auto fails = ends_with(OutcomeKind::retry_later);
  // A scene every five minutes for three hours.
  for (int scene = 1; scene <= 36; ++scene) {
    const UtcTime until = clock_.now() + std::chrono::minutes{5};
    add_scene("good-" + std::to_string(scene), {"band-1.tif", "item.json"});
    while (clock_.now() < until) {
      if (const auto delivery = take()) queue_->work(delivery->scene_id == "bad" ? fails : works, *delivery);
      clock_.advance(Seconds{1});
    }
  }
  EXPECT_EQ(open_incidents(), (std::vector<std::string>{"delivery_stuck"}));
  // Also a later run closes it.
  make_queue();
  queue_->start();
  for (int i = 0; i < 1000 && !open_incidents().empty(); ++i) {
    if (const auto delivery = take()) queue_->work(works, *delivery);
    clock_.advance(Seconds{10});
  }
  EXPECT_TRUE(open_incidents().empty());
}

TEST_F(DeliveryQueueTest, RetriesInVainWaitForTheBudgetWhileNewObjectsGo) {
  options_.retry = {Milliseconds{1}, Milliseconds{2}, Milliseconds{1000}};
  options_.retry_budget = {/*reserve=*/5, /*per_success=*/0.1, /*trickle=*/std::chrono::hours{24}};
  make_queue();
  add_scene("bad", {"band-1.tif", "item.json"});
  make_urgent("bad/band-1.tif");
  auto works = ends_with(OutcomeKind::confirmed);
  auto fails = ends_with(OutcomeKind::retry_later);
  int tries = 0;
  for (int good = 0, turns = 0; good < 1000; ++turns) {
    ASSERT_LT(turns, 10'000);
    if (good % 2 == 0) add_scene("good-" + std::to_string(good), {"band-1.tif", "item.json"});
    const auto delivery = take();
    clock_.advance(Milliseconds{10});
    if (!delivery) continue;
    const bool bad = delivery->scene_id == "bad";
    queue_->work(bad ? fails : works, *delivery);
    ++(bad ? tries : good);
  }
  EXPECT_LE(tries, 1 + 5 + 100);
  EXPECT_GE(tries, 100);
  EXPECT_LT(queue_->status().retry_budget, 0.3);
}

TEST_F(DeliveryQueueTest, ProbeOfAnOpenBreakerNeedsNoBudget) {
  options_.retry_budget = {/*reserve=*/0, /*per_success=*/0, /*trickle=*/std::chrono::hours{24}};
  make_queue();
  add_scene("s1", {"band-1.tif", "item.json"});
  auto fails = ends_with(OutcomeKind::retry_later);
  for (int i = 0; i < 10; ++i) {
    const auto delivery = take();
    ASSERT_TRUE(delivery) << i;
    queue_->work(fails, *delivery);
    EXPECT_EQ(queue_->status().breaker, BreakerState::open);
    clock_.advance(options_.retry.longest);
  }
  EXPECT_EQ(queue_->status().failures, 10U);
}

TEST_F(DeliveryQueueTest, RottenFileKeepsItsWholeSceneBackUntilItWasMadeAgain) {
  add_scene("s1", {"band-1.tif", "band-2.tif", "item.json"});
  auto rotten = ends_with(OutcomeKind::corrupt);
  queue_->work(rotten, *take());
  EXPECT_FALSE(take());
  EXPECT_EQ(journal_->quarantined_scenes().value().size(), 1U);
  EXPECT_EQ(open_incidents(), (std::vector<std::string>{"delivery_corrupt"}));
  EXPECT_EQ(find("s1/band-1.tif").parked_kind, "corrupt");
  add_scene("s1", {"band-1.tif", "band-2.tif", "item.json"});
  auto works = ends_with(OutcomeKind::confirmed);
  for (int i = 0; i < 3; ++i) queue_->work(works, *take());
  EXPECT_TRUE(open_incidents().empty());
}

TEST_F(DeliveryQueueTest, StatusTellsSpeedAndWhatIsUnderWay) {
  add_scene("s1", {"band-1.tif", "item.json"}, 120);
  std::uint64_t sent = 0;
  auto destination = sender(sent);
  on_chunk_ = [this](std::uint64_t at) {
    if (at < 100) return;
    const EngineStatus status = queue_->status();
    EXPECT_EQ(status.state, EngineState::working);
    EXPECT_EQ(status.active, 1U);
    EXPECT_EQ(status.bytes_per_s, 0U);  // half a byte
  };
  queue_->work(destination, *take());
  add_scene("s2", {"band-1.tif", "item.json"}, 60'000);
  auto works = ends_with(OutcomeKind::confirmed);
  queue_->work(works, *take());
  EXPECT_GE(queue_->status().bytes_per_s, 2U);
}

TEST_F(DeliveryQueueTest, WhoWaitsForTheProbeLooksAgainBeforeItHasEnded) {
  options_.workers = 2;
  make_queue();
  add_scene("s1", {"big.bin", "item.json"}, 100);
  add_scene("s2", {"small.bin", "item.json"});
  auto away = ends_with(OutcomeKind::retry_later);
  queue_->work(away, *take());
  clock_.advance(Seconds{1});
  const auto probe = take();
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->asset, "big.bin");
  ASSERT_FALSE(take());
  ASSERT_TRUE(wait_);  // nobody rings when a probe that takes hours has opened the gate
  std::optional<spool::Delivery> other;
  on_chunk_ = [&](std::uint64_t at) {
    if (at == 50) other = take();
  };
  std::uint64_t sent = 0;
  auto big = sender(sent);
  queue_->work(big, *probe);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->asset, "small.bin");
}

TEST_F(DeliveryQueueTest, WhatBecomesDueInSilenceOvertakesToo) {
  bool for_the_gate = false;
  random_ = [&for_the_gate] { return (for_the_gate = !for_the_gate) ? 0.02 : 0.9; };
  add_scene("s1", {"small.bin", "item.json"});
  make_urgent("s1/small.bin");
  auto away = ends_with(OutcomeKind::retry_later);
  for (int i = 0; i < 6; ++i) {
    auto small = take();
    for (; !small; small = take()) clock_.advance(Milliseconds{100});
    queue_->work(away, *small);
  }
  add_scene("s0", {"big.bin", "item.json"}, 1000);
  auto big = take();
  for (; !big; big = take()) clock_.advance(Milliseconds{100});
  ASSERT_EQ(big->asset, "big.bin");
  std::uint64_t sent = 0;
  auto sending = sender(sent);
  queue_->work(sending, *big);
  EXPECT_LT(sent, 30U);  // of 1000, two seconds each
  EXPECT_EQ(take().value().asset, "small.bin");
}

TEST_F(DeliveryQueueTest, SessionsThatAreLostAgainAndAgainAreNoProgress) {
  add_scene("s1", {"big.bin", "item.json"}, 1000);
  unsigned attempts = 0;
  ScriptedDestination loses_sessions([&](const spool::Delivery&, DeliveryJournal& notes) -> Result<Outcome> {
    ++attempts;
    DL_CHECK(notes.record_session("http://x/?upload_id=" + std::to_string(attempts)));
    DL_CHECK(notes.record_progress(500));
    DL_CHECK(notes.record_session(""));
    return outcome(OutcomeKind::retry_later, "lost");
  });
  const SteadyTime begin = clock_.steady_now();
  while (clock_.steady_now() - begin < std::chrono::hours{6}) {
    if (const auto delivery = take()) {
      queue_->work(loses_sessions, *delivery);
    } else {
      clock_.advance(wait_.value_or(Milliseconds{1000}));
    }
  }
  EXPECT_LT(attempts, 200U);
  EXPECT_EQ(open_incidents(), std::vector<std::string>{"destination_unreachable"});
}

TEST_F(DeliveryQueueTest, ObjectThatAloneIsRefusedDoesNotHoldTheOthersUp) {
  constexpr int kScenes = 100;
  for (int i = 0; i < kScenes; ++i) add_scene("s" + std::to_string(100 + i), {"a.bin", "item.json"});
  unsigned refused = 0;
  ScriptedDestination forbids_one([&](const spool::Delivery& delivery, DeliveryJournal&) -> Result<Outcome> {
    clock_.advance(Milliseconds{100});
    const bool forbidden = delivery.object_name == "metop-b/s150/a.bin";
    refused += forbidden ? 1 : 0;
    return outcome(forbidden ? OutcomeKind::refused : OutcomeKind::confirmed);
  });
  const SteadyTime begin = clock_.steady_now();
  while (clock_.steady_now() - begin < std::chrono::minutes{15}) {
    if (const auto delivery = take()) {
      queue_->work(forbids_one, *delivery);
    } else {
      clock_.advance(wait_.value_or(Milliseconds{1000}));
    }
  }
  EXPECT_GT(refused, 1U);
  EXPECT_EQ(journal_->counts().value().scenes_delivered, static_cast<std::uint64_t>(kScenes - 1));
}

}  // namespace
}  // namespace dl::uplink
