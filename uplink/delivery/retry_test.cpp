#include "uplink/delivery/retry.h"

#include <gtest/gtest.h>

namespace dl::uplink {
namespace {

constexpr RetryPolicy kPolicy{Milliseconds{1000}, Milliseconds{60'000}, Milliseconds{600'000}};

Random always(double value) {
  return [value] { return value; };
}

TEST(RetryDelay, WindowDoublesUntilTheLongestWait) {
  const Random nearly_one = always(0.999);
  EXPECT_EQ(retry_delay(kPolicy, 0, std::nullopt, nearly_one), Milliseconds{999});
  EXPECT_EQ(retry_delay(kPolicy, 1, std::nullopt, nearly_one), Milliseconds{1998});
  EXPECT_EQ(retry_delay(kPolicy, 5, std::nullopt, nearly_one), Milliseconds{31'968});
  EXPECT_EQ(retry_delay(kPolicy, 6, std::nullopt, nearly_one), Milliseconds{59'940});
  EXPECT_EQ(retry_delay(kPolicy, 4'000'000'000U, std::nullopt, nearly_one), Milliseconds{59'940});
}

TEST(RetryDelay, JitterCoversTheWholeWindow) {
  EXPECT_EQ(retry_delay(kPolicy, 3, std::nullopt, always(0.0)), Milliseconds{0});
  EXPECT_EQ(retry_delay(kPolicy, 3, std::nullopt, always(0.5)), Milliseconds{4000});
}

TEST(RetryDelay, RetryAfterIsTheLeastWait) {
  EXPECT_EQ(retry_delay(kPolicy, 0, Seconds{17}, always(0.5)), Milliseconds{17'000});
  EXPECT_EQ(retry_delay(kPolicy, 6, Seconds{17}, always(0.5)), Milliseconds{30'000});
}

TEST(RetryDelay, AbsurdRetryAfterIsCut) {
  EXPECT_EQ(retry_delay(kPolicy, 0, Seconds{31'536'000}, always(0.5)), Milliseconds{600'000});
  EXPECT_EQ(retry_delay(kPolicy, 0, Seconds{-5}, always(0.0)), Milliseconds{0});
}

TEST(Backoff, ProgressStartsOver) {
  Backoff backoff(kPolicy, always(0.5));
  EXPECT_EQ(backoff.failed(), Milliseconds{500});
  EXPECT_EQ(backoff.failed(), Milliseconds{1000});
  EXPECT_EQ(backoff.failures(), 2U);
  backoff.succeeded();
  EXPECT_EQ(backoff.failed(), Milliseconds{500});
}

TEST(SystemRandom, StaysInItsRangeAndVaries) {
  const Random random = system_random();
  double least = 1.0;
  double most = 0.0;
  for (int i = 0; i < 1000; ++i) {
    const double value = random();
    least = std::min(least, value);
    most = std::max(most, value);
  }
  EXPECT_GE(least, 0.0);
  EXPECT_LT(most, 1.0);
  EXPECT_GT(most - least, 0.5);
}

}  // namespace
}  // namespace dl::uplink
