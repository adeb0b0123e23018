#include "uplink/http/bandwidth.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace dl::uplink {
namespace {

constexpr Milliseconds kNoPatience{0};

class BandwidthTest : public ::testing::Test {
 protected:
  // What one sender that always wants more gets in `duration`, looking every millisecond.
  std::uint64_t send_for(Milliseconds duration, std::size_t wanted = 256 * 1024) {
    std::uint64_t sent = 0;
    for (Milliseconds passed{0}; passed < duration; passed += Milliseconds{1}) {
      while (const std::size_t got = bandwidth_.acquire(wanted, kNoPatience)) sent += got;
      clock_.advance(Milliseconds{1});
    }
    return sent;
  }

  ManualClock clock_{UtcTime{}};
  Bandwidth bandwidth_{clock_};
};

TEST_F(BandwidthTest, WithoutALimitEverybodyGetsWhatTheyWant) {
  EXPECT_EQ(bandwidth_.acquire(100'000'000, kNoPatience), 100'000'000U);
  bandwidth_.set_limit(10);
  bandwidth_.set_limit(std::nullopt);
  EXPECT_EQ(bandwidth_.acquire(1, kNoPatience), 1U);
}

TEST_F(BandwidthTest, LimitIsKeptWithinTwoPercentOverAMinute) {
  for (const std::uint64_t rate : {8'000ULL, 64'000ULL, 250'000ULL, 2'500'000ULL, 12'500'000ULL}) {
    bandwidth_.set_limit(rate);
    const double sent = static_cast<double>(send_for(Milliseconds{60'000}));
    const double expected = static_cast<double>(rate) * 60;
    EXPECT_LE(sent, expected * 1.02) << rate;
    EXPECT_GE(sent, expected * 0.98) << rate;
  }
}

TEST_F(BandwidthTest, SilenceIsNotFollowedByABurst) {
  bandwidth_.set_limit(1'000'000);
  send_for(Milliseconds{10});
  clock_.advance(Seconds{3600});
  EXPECT_LE(send_for(Milliseconds{1}), 100'000U);
  EXPECT_LE(send_for(Milliseconds{1000}), 1'010'000U);
}

TEST_F(BandwidthTest, ZeroIsAPauseUntilTheLimitChanges) {
  bandwidth_.set_limit(0);
  EXPECT_EQ(send_for(Milliseconds{10'000}), 0U);
  bandwidth_.set_limit(100'000);
  EXPECT_NEAR(static_cast<double>(send_for(Milliseconds{1000})), 100'000, 2500);
}

TEST_F(BandwidthTest, PiecesAreSmall) {
  bandwidth_.set_limit(100'000);
  clock_.advance(Seconds{1});
  EXPECT_LE(bandwidth_.acquire(1'000'000, kNoPatience), 2000U);
  // And never more than was wanted.
  EXPECT_EQ(bandwidth_.acquire(7, kNoPatience), 7U);
}

TEST_F(BandwidthTest, WhatIsGivenBackCanBeTakenAgain) {
  bandwidth_.set_limit(1'000'000);
  bandwidth_.acquire(1, kNoPatience);
  clock_.advance(Milliseconds{20});
  const std::size_t got = bandwidth_.acquire(20'000, kNoPatience);
  ASSERT_EQ(got, 20'000U);
  EXPECT_EQ(bandwidth_.acquire(1, kNoPatience), 0U);
  bandwidth_.give_back(got);
  EXPECT_EQ(bandwidth_.acquire(20'000, kNoPatience), 20'000U);
}

TEST_F(BandwidthTest, WhatIsSpentInAdvanceIsPaidByThoseWhoWait) {
  bandwidth_.set_limit(100'000);
  send_for(Milliseconds{1000});
  bandwidth_.spend(50'000);
  EXPECT_NEAR(static_cast<double>(send_for(Milliseconds{1000})), 50'000, 2500);
}

TEST(BandwidthOfThreads, SmallUploadBesideALargeOneGetsItsShare) {
  const SystemClock clock;
  Bandwidth bandwidth(clock);
  bandwidth.set_limit(2'000'000);
  std::atomic<std::uint64_t> large_sent{0};
  std::atomic<bool> large_runs{false};
  std::atomic<bool> stop{false};
  std::thread large([&] {
    while (!stop && large_sent < 10'000'000) {
      large_sent += bandwidth.acquire(256 * 1024, Milliseconds{1000});
      large_runs = true;
    }
  });
  while (!large_runs) std::this_thread::yield();
  const std::uint64_t before = large_sent;
  std::uint64_t small_sent = 0;
  while (small_sent < 100'000) small_sent += bandwidth.acquire(100'000 - small_sent, Milliseconds{1000});
  const std::uint64_t meanwhile = large_sent - before;
  stop = true;
  large.join();
  // Turn by turn it is as much as the small one got, and a tenth of a second's worth that was there before; the rest is
  // for a thread that the system let wait. Without the line it would be whatever the scheduler likes.
  EXPECT_LE(meanwhile, 400'000U);
  RecordProperty("large_bytes_meanwhile", std::to_string(meanwhile));
}

TEST(BandwidthOfThreads, ChangeOfTheLimitWakesThoseWhoWait) {
  const SystemClock clock;
  Bandwidth bandwidth(clock);
  bandwidth.set_limit(0);
  std::size_t got = 0;
  std::thread waiting([&] { got = bandwidth.acquire(1000, Seconds{60}); });
  bandwidth.set_limit(std::nullopt);
  waiting.join();
  EXPECT_EQ(got, 1000U);
}

TEST(BandwidthOfThreads, RealMinuteInSmallIsRecorded) {
  const SystemClock clock;
  Bandwidth bandwidth(clock);
  bandwidth.set_limit(5'000'000);
  const auto started = clock.steady_now();
  std::uint64_t sent = 0;
  while (sent < 2'500'000) sent += bandwidth.acquire(64 * 1024, Milliseconds{1000});
  const std::chrono::duration<double> took = clock.steady_now() - started;
  // Never faster than the limit, burst included; slower is the machine's load and only recorded.
  EXPECT_GE(took.count(), (2'500'000 - 500'000) / 5e6);
  RecordProperty("bytes_per_s", std::to_string(static_cast<double>(sent) / took.count()));
}

}  // namespace
}  // namespace dl::uplink
