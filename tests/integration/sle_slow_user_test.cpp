// A user that is slower than its provider: frames that online timely delivery drops, and back-pressure where nothing
// may be dropped.
#include <thread>

#include "tests/integration/sle_fixture.h"

namespace dl::daemon {
namespace {

class SleSlowUserTest : public SleSourceTest {
 protected:
  // The io thread stands still until the condition holds.
  static bool meanwhile(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  static sim::SleProviderOptions timely() {
    sim::SleProviderOptions options;
    options.frames_per_s = 5'000;
    options.timely_buffer_bytes = std::size_t{256} << 10;
    return options;
  }
  static config::Source agreed_timely(const sim::SleProvider& provider) {
    auto config = agreed(provider);
    config.sle.mode = config::SleMode::online_timely;
    config.sle.service_instance = "sagr=1.spack=PASS1.rsl-fg=1.raf=onlt1";
    return config;
  }
  std::vector<spool::Incident> all_incidents() {
    return journal_->call([](spool::Journal& journal) { return journal.incidents(false); }).value();
  }
};

TEST_F(SleSlowUserTest, TimelyFramesThatAreDroppedAreToldAndCounted) {
  const auto& provider = provide(frames(20'000), timely());
  const auto source = run(agreed_timely(provider));
  ASSERT_TRUE(until([&] { return source->status().intake.messages >= 10; }));
  ASSERT_TRUE(meanwhile([&] { return provider.counts().frames_dropped >= 500; }));
  ASSERT_TRUE(until([&] { return has_incident("sle_backlog"); })) << "while the pass lasts";
  EXPECT_NE(incident_message("sle_backlog").find("dropped frames"), std::string::npos);
  const auto pass = ended_pass();
  ASSERT_TRUE(pass);
  const auto counts = provider.counts();
  EXPECT_EQ(counts.frames + counts.frames_dropped, 20'000U);
  EXPECT_EQ(pass->row().connections, 1U);
  EXPECT_EQ(pass->row().intake.messages, counts.frames);
  EXPECT_EQ(recorded(pass->id()).size(), counts.frames * kFrameBytes);
  EXPECT_GE(pass->row().intake.gaps_told, 500U);
  // What is dropped behind the last frame no frame tells of.
  if (pass->row().end_reason == "eof") {
    EXPECT_EQ(pass->row().intake.gaps_told, counts.frames_dropped);
  } else {
    EXPECT_LT(pass->row().intake.gaps_told, counts.frames_dropped);
  }
  const auto incidents = all_incidents();
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_EQ(incidents[0].kind, "sle_backlog");
  EXPECT_TRUE(open_incidents().empty()) << "over with the end of the data";
}

TEST_F(SleSlowUserTest, PassThatEndsInDroppedFramesHasAGapBehindItsLastFrame) {
  const auto& provider = provide(frames(8'000), timely());
  const auto source = run(agreed_timely(provider));
  auto archive = agreed(provider);
  archive.name = "archive";
  archive.sle.mode = config::SleMode::offline;
  archive.sle.fill_gaps_of = "station";
  archive.sle.fill_timeout = Milliseconds(60'000);
  passes_->bind({agreed_timely(provider), archive});
  ASSERT_TRUE(until([&] { return source->status().intake.messages >= 10; }));
  ASSERT_TRUE(meanwhile([&] { return provider.counts().frames + provider.counts().frames_dropped == 8'000; }));
  const auto pass = ended_pass();
  ASSERT_TRUE(pass);
  ASSERT_GT(provider.counts().frames_dropped, 0U);
  EXPECT_EQ(pass->row().intake.gaps_told, 0U);
  EXPECT_EQ(pass->row().end_reason, "eof after dropped frames");
  EXPECT_TRUE(pass->waits_for_fill());
}

TEST_F(SleSlowUserTest, DiskWithoutRoomHoldsTheProviderUpAndCostsNothing) {
  // More than the queue and both sockets hold.
  const std::vector<sim::SleFrame> all = frames(60'000);
  recorder_options_.queue_bytes = 64U << 10;
  recorder_options_.retry_interval = Milliseconds(20);
  stop_daemon();
  start_daemon();
  const auto& provider = provide(all);
  auto config = agreed(provider);
  // Neither the heartbeat nor silence ends what waits for us.
  config.sle.heartbeat = Milliseconds(1'000);
  config.sle.dead_factor = 2;
  config.idle_timeout = Milliseconds(500);
  recorder_->set_stop_below_bytes(std::uint64_t{1} << 62);
  const auto source = run(config);
  const auto waits = [&] { return !passes_->active().empty() && passes_->active()[0]->waits_for_room(0); };
  ASSERT_TRUE(until(waits));
  turn(Milliseconds(3'500));
  EXPECT_TRUE(waits());
  EXPECT_LT(provider.counts().frames, all.size()) << "it waits, too";
  EXPECT_LT(source->status().bytes, std::uint64_t{1} << 20) << "and is not read into memory";
  recorder_->set_stop_below_bytes(0);
  const auto pass = ended_pass();
  ASSERT_TRUE(pass);
  EXPECT_EQ(pass->row().end_reason, "eof");
  EXPECT_EQ(pass->row().connections, 1U);
  EXPECT_TRUE(recorded(pass->id()) == joined(all));
  EXPECT_EQ(pass->row().intake.gaps_told, 0U);
}

}  // namespace
}  // namespace dl::daemon
