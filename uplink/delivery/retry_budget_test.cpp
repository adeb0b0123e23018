#include "uplink/delivery/retry_budget.h"

#include <random>

#include <gtest/gtest.h>

#include "uplink/delivery/throughput.h"

namespace dl::uplink {
namespace {

class RetryBudgetTest : public ::testing::Test {
 protected:
  ManualClock clock_{UtcTime{}};
  RetryBudget budget_{{/*reserve=*/50, /*per_success=*/0.1, /*trickle=*/Milliseconds{10'000}}, clock_};
};

TEST_F(RetryBudgetTest, RetriesInVainAreATenthOfWhatSucceedsOnceTheReserveIsGone) {
  int retries = 0;
  for (int i = 0; i < 10'000; ++i) {
    budget_.succeeded(/*was_retry=*/false);
    // One object that always fails wants to be tried after every other one.
    if (budget_.spend()) ++retries;
  }
  EXPECT_LE(retries, 1000 + 50);
  EXPECT_GE(retries, 1000);
}

TEST_F(RetryBudgetTest, ServerThatFailsEveryTenthRequestCostsNoThroughput) {
  std::mt19937 random(1);
  int refused = 0;
  int waiting = 0;
  for (int i = 0; i < 10'000; ++i) {
    const bool is_retry = waiting > 0 && budget_.spend();
    refused += static_cast<int>(waiting > 0 && !is_retry);
    const bool fails = random() % 10 == 0;
    if (is_retry) --waiting;
    if (fails) {
      ++waiting;
    } else {
      budget_.succeeded(is_retry);
    }
  }
  EXPECT_EQ(refused, 0);
}

TEST_F(RetryBudgetTest, WhenNothingNewComesRetriesGoOnSlowly) {
  while (budget_.spend()) {
  }
  EXPECT_LT(budget_.level(), 0.02);
  EXPECT_LE(budget_.wait(), Milliseconds{10'001});
  clock_.advance(budget_.wait());
  EXPECT_TRUE(budget_.spend());
  EXPECT_FALSE(budget_.spend());
}

TEST_F(RetryBudgetTest, NothingIsSavedBeyondTheReserve) {
  clock_.advance(std::chrono::hours{100});
  int retries = 0;
  while (budget_.spend()) ++retries;
  EXPECT_EQ(retries, 50);
}

TEST(ThroughputTest, IsThatOfTheLastMinute) {
  ManualClock clock{UtcTime{}};
  Throughput throughput(clock);
  EXPECT_EQ(throughput.bytes_per_s(), 0U);
  throughput.add(1000);
  EXPECT_EQ(throughput.bytes_per_s(), 1000U) << "a second old";
  for (int i = 1; i < 600; ++i) {
    clock.advance(Seconds{1});
    throughput.add(i < 300 ? 1000 : 200);
  }
  EXPECT_EQ(throughput.bytes_per_s(), 200U);
  clock.advance(Seconds{30});
  EXPECT_EQ(throughput.bytes_per_s(), 100U);
  clock.advance(std::chrono::hours{24});
  EXPECT_EQ(throughput.bytes_per_s(), 0U);
}

}  // namespace
}  // namespace dl::uplink
