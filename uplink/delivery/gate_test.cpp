#include "uplink/delivery/gate.h"

#include <gtest/gtest.h>

namespace dl::uplink {
namespace {

class GateTest : public ::testing::Test {
 protected:
  ManualClock clock_{UtcTime{}};
  Gate gate_{{Milliseconds{1000}, Milliseconds{60'000}, Milliseconds{600'000}}, [] { return 0.5; }, clock_};

  int how_many_may_enter() {
    int count = 0;
    while (count < 1000 && gate_.enter()) ++count;
    return count;
  }
};

TEST_F(GateTest, EverybodyEntersWhileNothingFails) {
  EXPECT_EQ(how_many_may_enter(), 1000);
  EXPECT_EQ(gate_.state(), BreakerState::closed);
}

TEST_F(GateTest, AfterAFailureNobodyEntersAndThenOneProbeAtATime) {
  gate_.failed(*gate_.enter(), std::nullopt, false);
  EXPECT_EQ(gate_.state(), BreakerState::open);
  EXPECT_FALSE(gate_.enter());
  EXPECT_EQ(gate_.wait(), Milliseconds{500});
  clock_.advance(Milliseconds{500});
  EXPECT_EQ(gate_.state(), BreakerState::half_open);
  const auto probe = gate_.enter();
  ASSERT_TRUE(probe);
  EXPECT_TRUE(probe->probe);
  EXPECT_FALSE(gate_.enter());
  EXPECT_FALSE(gate_.wait()) << "until the probe is back";
  gate_.leave(*probe);
  EXPECT_TRUE(gate_.enter()) << "the probe learned nothing: another one";
}

TEST_F(GateTest, ServerThatComesBackIsNotRunOver) {
  gate_.failed(*gate_.enter(), std::nullopt, false);
  clock_.advance(Seconds{1});
  auto probe = gate_.enter();
  gate_.succeeded();
  gate_.leave(*probe);
  EXPECT_EQ(gate_.state(), BreakerState::closed);
  const auto first = gate_.enter();
  ASSERT_TRUE(first);
  EXPECT_TRUE(gate_.enter());
  EXPECT_FALSE(gate_.enter()) << "two at first";
  gate_.succeeded();
  EXPECT_EQ(how_many_may_enter(), 2) << "then four";
  for (int i = 0; i < 10; ++i) gate_.succeeded();
  EXPECT_EQ(how_many_may_enter(), 1000);
}

TEST_F(GateTest, UploadsThatEndTogetherInAnOutageAreOneFailure) {
  const auto one = gate_.enter();
  const auto two = gate_.enter();
  gate_.failed(*one, std::nullopt, false);
  gate_.failed(*two, std::nullopt, false);
  EXPECT_EQ(gate_.failures(), 1U);
  EXPECT_EQ(gate_.wait(), Milliseconds{500});
}

TEST_F(GateTest, LongUploadFromBeforeTheFailureDoesNotKeepTheProbeOut) {
  const auto upload = gate_.enter();
  gate_.failed(*gate_.enter(), std::nullopt, false);
  clock_.advance(Seconds{1});
  EXPECT_TRUE(gate_.enter());
  gate_.succeeded();
  gate_.leave(*upload);
  EXPECT_EQ(gate_.failures(), 0U);
}

TEST_F(GateTest, WhatTheServerAskedForHoldsThoughAnotherUploadGoesOn) {
  const auto other = gate_.enter();
  gate_.failed(*gate_.enter(), Seconds{60}, false);
  gate_.succeeded();
  gate_.leave(*other);
  EXPECT_FALSE(gate_.enter());
  EXPECT_EQ(gate_.wait(), Milliseconds{60'000});
  gate_.open_early();
  EXPECT_TRUE(gate_.enter());
}

TEST_F(GateTest, AbsurdRetryAfterIsCut) {
  gate_.failed(*gate_.enter(), Seconds{31'536'000}, false);
  EXPECT_EQ(gate_.wait(), Milliseconds{600'000});
}

TEST_F(GateTest, RefusalWaitsTheLongestTime) {
  gate_.failed(*gate_.enter(), std::nullopt, true);
  EXPECT_EQ(gate_.wait(), Milliseconds{60'000});
}

TEST_F(GateTest, TellsHowLongNothingButFailures) {
  gate_.failed(*gate_.enter(), std::nullopt, false);
  clock_.advance(Seconds{10});
  gate_.failed(*gate_.enter(), std::nullopt, false);
  clock_.advance(Seconds{10});
  EXPECT_EQ(gate_.failing_for(), Milliseconds{20'000});
  EXPECT_EQ(gate_.failures(), 2U);
  gate_.succeeded();
  EXPECT_EQ(gate_.failing_for(), Milliseconds{0});
}

}  // namespace
}  // namespace dl::uplink
