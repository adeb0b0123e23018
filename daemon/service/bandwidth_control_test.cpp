#include "daemon/service/bandwidth_control.h"

#include <gtest/gtest.h>

#include "spool/test_scenes.h"

namespace dl::daemon {
namespace {

const UtcTime kNow = parse_utc("2026-05-12T12:00:00Z").value();

TEST(BandwidthOverride, ComesBackAsItWasKept) {
  const uplink::BandwidthOverride given{250'000, kNow + std::chrono::hours(1)};
  const auto again = parse_override(format_override(given), kNow);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->limit, given.limit);
  EXPECT_EQ(again->until, given.until);
  const auto for_ever = parse_override(format_override({std::nullopt, std::nullopt}), kNow);
  ASSERT_TRUE(for_ever);
  EXPECT_FALSE(for_ever->limit);
  EXPECT_FALSE(for_ever->until);
}

TEST(BandwidthOverride, OneThatHasRunOutOrIsNoneIsForgotten) {
  const auto text = format_override({0, kNow});
  EXPECT_TRUE(parse_override(text, kNow - Seconds(1)));
  EXPECT_FALSE(parse_override(text, kNow));
  for (const auto* nonsense : {"", "fast\n", "2 Mbit/s", "2 Mbit/s\nnoon"})
    EXPECT_FALSE(parse_override(nonsense, kNow)) << nonsense;
}

class BandwidthControlTest : public testing::Test {
 protected:
  BandwidthControlTest() {
    journal_ = spool::JournalService::start(folder_ / "journal.db", clock_).value();
    make();
  }
  ~BandwidthControlTest() override { journal_->stop(); }
  void make() {
    control_.emplace(io_, clock_, *journal_, limit_, [this](uplink::Sending sending) { allowed_.push_back(sending); });
  }
  // Runs a coroutine of the control to its end.
  Result<void> run(asio::awaitable<Result<void>> work) {
    Result<void> outcome;
    bool done = false;
    auto whole = [&, work = std::move(work)]() mutable -> asio::awaitable<void> {
      outcome = co_await std::move(work);
      done = true;
    };
    asio::co_spawn(io_, std::move(whole), asio::detached);
    while (!done) {
      io_.restart();
      io_.run_for(Milliseconds(10));
    }
    return outcome;
  }

  spool::TemporaryFolder folder_;
  ManualClock clock_{kNow};  // a Tuesday
  asio::io_context io_;
  uplink::Bandwidth limit_{clock_};
  std::vector<uplink::Sending> allowed_;
  std::unique_ptr<spool::JournalService> journal_;
  std::optional<BandwidthControl> control_;
};

TEST_F(BandwidthControlTest, TimetablePassAndOperatorAreObeyed) {
  control_->configure({{"Mon-Fri 08:00 8 Mbit/s", "Mon-Fri 18:00 off"}, "pause"});
  EXPECT_EQ(limit_.limit(), 1'000'000U);
  control_->set_receiving(true);
  EXPECT_EQ(limit_.limit(), 0U);
  EXPECT_EQ(control_->report().reason, "a pass is being received");
  control_->set_receiving(false);
  EXPECT_EQ(limit_.limit(), 1'000'000U);
  EXPECT_EQ(allowed_, (std::vector{uplink::Sending::nothing, uplink::Sending::everything}));
  ASSERT_TRUE(run(control_->override_limit("2 Mbit/s", std::chrono::hours(1))));
  EXPECT_EQ(limit_.limit(), 250'000U);
  EXPECT_EQ(control_->report().override_limit, "2 Mbit/s");
  ASSERT_TRUE(run(control_->override_limit("timetable", {})));
  EXPECT_EQ(limit_.limit(), 1'000'000U);
  EXPECT_EQ(control_->report().override_limit, "");
}

TEST_F(BandwidthControlTest, TheOperatorsWordIsThereAfterARestart) {
  ASSERT_TRUE(run(control_->override_limit("2 Mbit/s", {})));
  limit_.set_limit(std::nullopt);
  make();
  control_->configure({});
  EXPECT_FALSE(limit_.limit());
  ASSERT_TRUE(run(control_->start()));
  EXPECT_EQ(limit_.limit(), 250'000U);
  control_->stop();
  io_.restart();
  io_.run_for(Milliseconds(10));
}

TEST_F(BandwidthControlTest, ARateThatIsNoneChangesNothing) {
  const auto refused = run(control_->override_limit("fast", {}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::config);
  EXPECT_FALSE(limit_.limit());
}

}  // namespace
}  // namespace dl::daemon
