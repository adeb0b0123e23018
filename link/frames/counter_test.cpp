// Virtual channel counters of every width, and those that stand still; the master channel's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "link/frames/master_channel.h"
#include "link/frames/virtual_channel.h"
#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

class CounterTest : public ::testing::Test {
 protected:
  explicit CounterTest(std::uint8_t bits = 8) : bits_(bits) {}

  // `serial` makes the content; two frames of one serial are the same.
  Frame take(std::uint32_t counter, std::uint32_t serial, std::uint8_t master_steps = 0) {
    return take_from(channel_, counter, serial, master_steps);
  }
  Frame take_from(VirtualChannel& channel, std::uint32_t counter, std::uint32_t serial, std::uint8_t master_steps = 0) {
    bytes_ = {static_cast<Byte>(serial >> 24), static_cast<Byte>(serial >> 16), static_cast<Byte>(serial >> 8),
              static_cast<Byte>(serial)};
    Frame frame;
    frame.counter_bits = bits_;
    frame.counter = counter;
    frame.breaks_before = breaks_;
    frame.bytes = bytes_;
    channel.take(frame, master_steps);
    EXPECT_TRUE(channel.losses().balanced());
    return frame;
  }
  // Frames in sequence, each with its own content; the serial's low bits are the counter.
  void take_all(std::uint32_t first, std::uint32_t last) {
    for (std::uint32_t serial = first; serial <= last; ++serial) take(serial & mask(), serial);
  }
  [[nodiscard]] std::uint32_t mask() const { return static_cast<std::uint32_t>((std::uint64_t{1} << bits_) - 1); }
  [[nodiscard]] std::uint64_t dropped(DropReason reason) const { return channel_.losses().dropped(reason).units; }
  [[nodiscard]] const VirtualChannel::Counts& counts() const { return channel_.counts(); }

  std::uint8_t bits_;
  std::uint32_t breaks_ = 0;
  VirtualChannel channel_;
  Bytes bytes_;
};

// How long it takes is what is tested: each of these looked through all that came before, for every frame.
class LongPass : public CounterTest {
 protected:
  LongPass() : CounterTest(24) {}
  [[nodiscard]] double seconds() const {
    return static_cast<double>(std::clock() - start_) / static_cast<double>(CLOCKS_PER_SEC);
  }
  std::clock_t start_ = std::clock();
};

TEST_F(LongPass, CounterThatTurnsBetweenTwoValuesCostsNoMoreWithEveryFrame) {
  for (std::uint32_t serial = 0; serial < 100'000; ++serial) take(serial & 1, serial);
  EXPECT_EQ(counts().frames, 100'000U);
  EXPECT_LT(seconds(), 3);
  EXPECT_EQ(take(1, 99'999).dropped, DropReason::repeated_frame);
}

TEST_F(LongPass, CountOfAFewValuesOverAndOverCostsNoMoreWithEveryFrame) {
  for (std::uint32_t serial = 0; serial < 200'000; ++serial) take(serial % 10, serial);
  EXPECT_EQ(counts().frames, 200'000U);
  EXPECT_LT(seconds(), 3);
}

TEST_F(LongPass, CountThatStartsAnewAMultipleAwayCostsNoMoreThanTheFirst) {
  constexpr std::uint32_t kApart = 4U << 20;
  for (std::uint32_t serial = 0; serial < 400'000; ++serial) take(serial, serial);
  for (std::uint32_t serial = 400'000; serial < 520'000; ++serial) take(kApart + serial - 399'900, serial);
  EXPECT_EQ(counts().frames, 520'000U);
  EXPECT_LT(seconds(), 3);
  // And all of it is remembered.
  for (const std::uint32_t serial : {0U, 1U, 77'777U, 399'999U}) {
    EXPECT_EQ(take(serial, serial).dropped, DropReason::repeated_frame) << serial;
  }
  EXPECT_EQ(take(kApart + 100, 400'000).dropped, DropReason::repeated_frame);
}

// operations.md section 7, 2: the maximum and the wrap of each width, not of 24 bits only.
class EveryWidth : public CounterTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  EveryWidth() : CounterTest(static_cast<std::uint8_t>(GetParam())) {}
};

TEST_P(EveryWidth, WrapsTrulyAndMeasuresGapsOverTheWrap) {
  take(mask() - 1, 1);
  EXPECT_FALSE(take(mask(), 2).gap_before);
  const Frame wrapped = take(0, 3);
  EXPECT_FALSE(wrapped.gap_before);
  EXPECT_EQ(wrapped.widened_counter, std::uint64_t{mask()} + 1);
  EXPECT_FALSE(take(1, 4).gap_before);
  EXPECT_EQ(take(5, 5).frames_lost_before, 3U);
  EXPECT_EQ(counts().frames_lost, 3U);
  EXPECT_EQ(counts().gaps, 1U);
  EXPECT_EQ(counts().counter_resets, 0U);
}

TEST_P(EveryWidth, RepeatedFrameIsOneRepeatAndNothingLost) {
  take_all(0, 20);
  EXPECT_EQ(take(20, 20).dropped, DropReason::repeated_frame);
  EXPECT_EQ(take(19, 19).dropped, DropReason::repeated_frame);
  EXPECT_FALSE(take(21, 21).gap_before);
  EXPECT_EQ(dropped(DropReason::repeated_frame), 2U);
  EXPECT_EQ(counts().frames_lost, 0U);
}

TEST_P(EveryWidth, FrameThatComesLateIsDroppedAsSuch) {
  take_all(0, 20);
  take(22, 22);
  EXPECT_EQ(take(21, 21).dropped, DropReason::late_frame);
  EXPECT_FALSE(take(23, 23).gap_before);
  EXPECT_EQ(counts().frames_lost, 1U);
}

TEST_P(EveryWidth, FrozenCounterLosesNoData) {
  take_all(0, 20);
  // The first frame might as well be the first of a new count.
  EXPECT_TRUE(take(20, 100).gap_before);
  for (std::uint32_t serial = 101; serial < 150; ++serial) {
    const Frame frame = take(20, serial);
    EXPECT_FALSE(frame.dropped);
    EXPECT_FALSE(frame.gap_before);
  }
  EXPECT_EQ(counts().frames, 21U + 50U);
  EXPECT_EQ(counts().frozen_frames, 49U);
  EXPECT_EQ(counts().frames_lost, 0U);
}

TEST_P(EveryWidth, CounterThatGoesOnAfterAFreezeMissesOnlyWhatNeverCame) {
  take_all(0, 20);
  for (std::uint32_t serial = 100; serial < 150; ++serial) take(20, serial);
  const Frame next = take(20 + 50 + 3, 200);  // fifty came frozen, two never came
  EXPECT_EQ(next.frames_lost_before, 2U);
  EXPECT_TRUE(next.gap_before);
  EXPECT_FALSE(take(20 + 50 + 4, 201).gap_before);
  EXPECT_EQ(counts().frames_lost, 2U);
}

TEST_P(EveryWidth, BreakInTheInputIsAGapOfAFrozenCounter) {
  take_all(0, 20);
  for (std::uint32_t serial = 100; serial < 110; ++serial) take(20, serial);
  ++breaks_;
  EXPECT_TRUE(take(20, 200).gap_before);
  EXPECT_FALSE(take(20, 201).gap_before);
}

TEST_P(EveryWidth, FrozenStretchThatIsSentAgainIsDropped) {
  take_all(0, 20);
  for (std::uint32_t serial = 100; serial < 150; ++serial) take(20, serial);
  for (std::uint32_t serial = 100; serial < 150; ++serial) {
    EXPECT_EQ(take(20, serial).dropped, DropReason::repeated_frame);
  }
}
INSTANTIATE_TEST_SUITE_P(Link, EveryWidth, ::testing::Values(8U, 16U, 24U, 28U, 32U));

TEST_F(CounterTest, FrozenCounterInFramesOfTheStationHasAGapBeforeEachFrame) {
  VirtualChannel channel(false);
  for (std::uint32_t serial = 0; serial < 10; ++serial) {
    EXPECT_TRUE(take_from(channel, 7, serial).gap_before);
  }
  EXPECT_EQ(channel.counts().frames, 10U);
}

TEST_F(CounterTest, LossOfMoreThanHalfTheRangeIsStillAGap) {
  take_all(0, 10);
  EXPECT_EQ(take((10 + 200) & 0xFF, 210, 200).frames_lost_before, 199U);
}

// What cannot be seen: a gap of exactly the range.
TEST_F(CounterTest, LossOfExactlyTheRangeIsInvisible) {
  take_all(0, 10);
  const Frame frame = take(11, 11 + 256);
  EXPECT_FALSE(frame.gap_before);
  EXPECT_EQ(counts().frames_lost, 0U);
}

TEST_F(CounterTest, MasterChannelTellsALongLossFromALateFrame) {
  take_all(0, 100);
  // 250 frames on, or 6 back: time went on by the master channel's count.
  const Frame frame = take((100 + 250) & 0xFF, 350, 100);
  EXPECT_FALSE(frame.dropped);
  EXPECT_EQ(frame.frames_lost_before, 249U);
}

TEST_F(CounterTest, PassOfAShortCounterSentAgainIsDroppedWhole) {
  take_all(0, 2000);
  for (std::uint32_t serial = 100; serial <= 2000; ++serial) take(serial & 0xFF, serial);
  EXPECT_EQ(dropped(DropReason::repeated_frame), 1901U);
  EXPECT_FALSE(take(2001 & 0xFF, 2001).gap_before);
}

TEST_F(CounterTest, ShortCounterOfManyFramesStaysQuick) {
  take_all(0, 300'000);
  for (std::uint32_t serial = 200'000; serial < 300'000; ++serial) take(serial & 0xFF, serial);
  EXPECT_EQ(counts().frames, 300'001U);
}

class WithoutCounter : public CounterTest {
 protected:
  WithoutCounter() : CounterTest(0) {}
};

TEST_F(WithoutCounter, EveryFrameIsPassedOnAndOnlyBreaksAreGaps) {
  EXPECT_TRUE(take(0, 1).gap_before);
  EXPECT_FALSE(take(0, 1).gap_before);
  EXPECT_FALSE(take(0, 2).gap_before);
  ++breaks_;
  EXPECT_TRUE(take(0, 3).gap_before);
  EXPECT_FALSE(take(0, 4).gap_before);
  EXPECT_EQ(counts().frames, 5U);
  EXPECT_EQ(counts().frames_lost, 0U);
}

TEST(MasterChannel, CountsOverAllVirtualChannels) {
  MasterChannel master;
  for (const int counter : {254, 255, 0, 1, 5, 6}) master.take(static_cast<std::uint8_t>(counter));
  EXPECT_EQ(master.counts().frames, 6U);
  EXPECT_EQ(master.counts().gaps, 1U);
  EXPECT_EQ(master.counts().frames_lost, 3U);
  EXPECT_EQ(master.steps_to(7), 1);
  EXPECT_EQ(master.steps_to(6), 0);
}

}  // namespace
}  // namespace dl::link::testing
