#include "link/frames/virtual_channel.h"

#include <gtest/gtest.h>

#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

class VirtualChannelTest : public ::testing::Test {
 protected:
  // The frame with this counter; `content` tells two of the same counter apart.
  Frame take(std::uint32_t counter, std::uint8_t content = 0) {
    bytes_ = {
        0x67, 0x50,   static_cast<Byte>(counter >> 16), static_cast<Byte>(counter >> 8), static_cast<Byte>(counter),
        0,    content};
    Frame frame;
    frame.counter = counter & 0xFFFFFF;
    frame.bytes = bytes_;
    channel_.take(frame);
    EXPECT_TRUE(channel_.losses().balanced());
    return frame;
  }
  void take_all(std::uint32_t first, std::uint32_t last, std::uint8_t content = 0) {
    for (std::uint32_t counter = first; counter <= last; ++counter) take(counter, content);
  }
  [[nodiscard]] std::uint64_t dropped(DropReason reason) const { return channel_.losses().dropped(reason).units; }

  VirtualChannel channel_;
  Bytes bytes_;
};

TEST_F(VirtualChannelTest, FirstFrameHasAGapOfUnknownLengthBeforeIt) {
  const Frame frame = take(1000);
  EXPECT_TRUE(frame.gap_before);
  EXPECT_EQ(frame.frames_lost_before, 0U);
  EXPECT_EQ(channel_.counts().gaps, 0U);
  EXPECT_FALSE(take(1001).gap_before);
}

TEST_F(VirtualChannelTest, MissingFramesAreCounted) {
  take(10);
  const Frame frame = take(14);
  EXPECT_TRUE(frame.gap_before);
  EXPECT_EQ(frame.frames_lost_before, 3U);
  EXPECT_EQ(channel_.counts().frames_lost, 3U);
}

TEST_F(VirtualChannelTest, WrapOf24BitsIsNoGap) {
  take(0xFFFFFE);
  EXPECT_FALSE(take(0xFFFFFF).gap_before);
  const Frame wrapped = take(0);
  EXPECT_FALSE(wrapped.gap_before);
  EXPECT_EQ(wrapped.widened_counter, 0x1000000U);
  EXPECT_EQ(take(3).frames_lost_before, 2U);
  EXPECT_EQ(channel_.counts().counter_resets, 0U);
}

TEST_F(VirtualChannelTest, GapOverTheWrapIsMeasuredRightly) {
  take(0xFFFFFD);
  EXPECT_EQ(take(2).frames_lost_before, 4U);
}

TEST_F(VirtualChannelTest, FramesThatComeTwiceAreDroppedAndTheCountGoesOn) {
  take_all(100, 200);
  for (std::uint32_t counter = 120; counter <= 200; ++counter) {
    EXPECT_EQ(take(counter).dropped, DropReason::repeated_frame);
  }
  EXPECT_FALSE(take(201).gap_before);
  EXPECT_EQ(dropped(DropReason::repeated_frame), 81U);
}

TEST_F(VirtualChannelTest, OldCounterWithNewContentIsAReset) {
  take_all(0, 50);
  const Frame frame = take(0, 1);
  EXPECT_FALSE(frame.dropped);
  EXPECT_TRUE(frame.gap_before);
  EXPECT_EQ(frame.widened_counter, 0x1000000U);
  EXPECT_EQ(channel_.counts().counter_resets, 1U);
  EXPECT_EQ(channel_.counts().frames_lost, 0U);
  EXPECT_FALSE(take(1, 1).gap_before);
}

TEST_F(VirtualChannelTest, FillFrameThatEqualsOneOfTheCountBeforeIsNotDropped) {
  take_all(0, 50);
  take(0, 1);
  EXPECT_FALSE(take(1, 0).dropped);
  EXPECT_FALSE(take(1 + 1, 0).dropped);
}

TEST_F(VirtualChannelTest, PassOfSeveralCountsSentAgainIsDroppedWhole) {
  take_all(1000, 1100);
  take_all(0, 50, 1);
  ASSERT_EQ(channel_.counts().counter_resets, 1U);
  take_all(1000, 1100);
  take_all(0, 50, 1);
  EXPECT_EQ(dropped(DropReason::repeated_frame), 101U + 51U);
  EXPECT_FALSE(take(51, 1).gap_before);
}

TEST_F(VirtualChannelTest, CounterFarBehindTheFirstIsAReset) {
  take_all(5000, 5010);
  EXPECT_FALSE(take(3).dropped);
  EXPECT_EQ(channel_.counts().counter_resets, 1U);
}

TEST_F(VirtualChannelTest, FrameThatFillsAGapAfterwardsIsLate) {
  take_all(100, 110);
  take_all(115, 120);
  EXPECT_EQ(take(112).dropped, DropReason::late_frame);
  EXPECT_EQ(take(98).dropped, DropReason::late_frame);
  EXPECT_FALSE(take(121).gap_before);
}

TEST_F(VirtualChannelTest, GapFilledByAReplayIsLateHoweverLong) {
  take_all(100, 110);
  take_all(131, 140);
  take_all(105, 140);
  EXPECT_EQ(dropped(DropReason::late_frame), 20U);
  EXPECT_EQ(dropped(DropReason::repeated_frame), 6U + 10U);
  EXPECT_FALSE(take(141).gap_before);
}

TEST_F(VirtualChannelTest, OneWrongCounterFarAheadCostsThreeFramesAndNotTheRestOfThePass) {
  take_all(100, 110);
  take(500000);
  take_all(111, 200);
  EXPECT_EQ(dropped(DropReason::late_frame), VirtualChannel::kLateFramesInARow - 1);
  EXPECT_EQ(channel_.counts().last_counter, 200U);
  EXPECT_EQ(channel_.counts().counter_resets, 1U);
}

TEST_F(VirtualChannelTest, LongPassSentAgainIsDroppedEvenWhereItsFramesAreForgotten) {
  const std::uint32_t last = 3 * (1U << 19);
  take_all(0, last);
  take_all(0, 100);
  take_all(last - 100, last);
  EXPECT_EQ(dropped(DropReason::repeated_frame), 202U);
  EXPECT_FALSE(take(last + 1).gap_before);
}

TEST(FrameMemory, TellsSameContentOtherContentAndUnknownApart) {
  FrameMemory memory;
  EXPECT_EQ(memory.look_up(5, 1), FrameMemory::Answer::unknown);
  for (std::uint32_t counter = 0; counter < 3000; ++counter) memory.remember(counter, counter * 7);
  memory.remember(5, 99);
  EXPECT_EQ(memory.look_up(5, 35), FrameMemory::Answer::same);
  EXPECT_EQ(memory.look_up(5, 99), FrameMemory::Answer::same);
  EXPECT_EQ(memory.look_up(5, 36), FrameMemory::Answer::other);
  EXPECT_EQ(memory.look_up(3000, 36), FrameMemory::Answer::unknown);
}

TEST(FrameMemory, ForgetsTheOldestOnlyAndSaysSo) {
  FrameMemory memory;
  const std::uint32_t generation = FrameMemory::kGenerationFrames;
  for (std::uint32_t counter = 0; counter <= generation; ++counter) memory.remember(counter, 1);
  EXPECT_EQ(memory.look_up(0, 1), FrameMemory::Answer::same);
  EXPECT_FALSE(memory.has_forgotten());
  for (std::uint32_t counter = generation + 1; counter <= 2 * generation; ++counter) memory.remember(counter, 1);
  EXPECT_TRUE(memory.has_forgotten());
  EXPECT_EQ(memory.look_up(0, 1), FrameMemory::Answer::unknown);
  EXPECT_EQ(memory.look_up(generation + 1, 1), FrameMemory::Answer::same);
}

}  // namespace
}  // namespace dl::link::testing
