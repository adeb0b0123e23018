#include "link/merge/frame_merger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "link/test_data.h"

namespace dl::link::testing {
namespace {

using ::testing::ElementsAre;

struct Sent {
  std::uint8_t vcid = 0;
  std::uint32_t counter = 0;
  auto operator<=>(const Sent&) const = default;
};

class FrameMergerTest : public ::testing::Test {
 protected:
  static Frame frame(Sent sent, Bytes& bytes, unsigned counter_bits) {
    bytes.assign(20, static_cast<Byte>(sent.vcid));
    append_u32(bytes, sent.counter);
    Frame frame;
    frame.bytes = bytes;
    frame.data_field = frame.bytes.subspan(4);
    frame.vcid = sent.vcid;
    frame.counter_bits = static_cast<std::uint8_t>(counter_bits);
    frame.counter = counter_bits < 32 ? sent.counter & ((1U << counter_bits) - 1) : sent.counter;
    frame.first_header_pointer = 0;
    return frame;
  }
  void push(FrameMerger& merger, std::size_t input, Sent sent, unsigned symbols_corrected = 0) {
    Bytes bytes;
    Frame next = frame(sent, bytes, counter_bits_);
    next.quality.symbols_corrected = static_cast<std::uint16_t>(symbols_corrected);
    merger.begin();
    merger.push(input, next, take_);
  }
  // The row of frames that two or more receptions give, whichever is pushed first.
  std::vector<Sent> merged(const std::vector<std::vector<Sent>>& receptions,
                           std::size_t window = FrameMerger::kWindowBytes) {
    FrameMerger merger(receptions.size(), window);
    out_.clear();
    for (std::size_t input = 0; input < receptions.size(); ++input) {
      for (const Sent sent : receptions[input]) push(merger, input, sent);
    }
    for (std::size_t input = 0; input < receptions.size(); ++input) merger.end(input, take_);
    EXPECT_TRUE(merger.losses().balanced());
    EXPECT_EQ(merger.losses().units_in, merger.losses().units_out + merger.losses().all_dropped().units);
    EXPECT_EQ(merger.losses().units_out, out_.size());
    counts_ = merger.counts();
    return out_;
  }

  unsigned counter_bits_ = 24;
  std::vector<Sent> out_;
  std::vector<unsigned> corrected_;
  std::vector<std::uint32_t> breaks_;
  std::vector<MergeCounts> counts_;
  FrameMerger::Take take_ = [this](Frame& frame) {
    EXPECT_EQ(frame.data_field.data(), frame.bytes.data() + 4);
    out_.push_back({frame.vcid, read_u32(frame.bytes, 20)});
    corrected_.push_back(frame.quality.symbols_corrected);
    breaks_.push_back(frame.breaks_before);
  };
};

TEST_F(FrameMergerTest, EachFillsTheGapsOfTheOther) {
  EXPECT_EQ(merged({{{1, 0}, {1, 1}, {1, 4}, {1, 5}}, {{1, 1}, {1, 2}, {1, 3}, {1, 4}, {1, 6}}}),
            (std::vector<Sent>{{1, 0}, {1, 1}, {1, 2}, {1, 3}, {1, 4}, {1, 5}, {1, 6}}));
  EXPECT_EQ(counts_[0].frames, 4U);
  EXPECT_EQ(counts_[0].frames_unique, 2U);
  EXPECT_EQ(counts_[1].frames_unique, 3U);
  EXPECT_EQ(counts_[0].frames_used + counts_[1].frames_used, 7U);
}

TEST_F(FrameMergerTest, CopyWithFewerCorrectedSymbolsComesOut) {
  FrameMerger merger(2);
  push(merger, 0, {1, 0}, 9);
  push(merger, 1, {1, 0}, 3);
  push(merger, 1, {1, 1}, 8);
  push(merger, 0, {1, 1}, 5);
  EXPECT_THAT(corrected_, ElementsAre(3U, 5U));
  EXPECT_EQ(merger.losses().dropped(DropReason::weaker_copy).units, 2U);
}

TEST_F(FrameMergerTest, CounterThatWrapsIsFollowed) {
  EXPECT_EQ(merged({{{1, 0xFFFFFE}, {1, 0x1000001}}, {{1, 0xFFFFFF}, {1, 0x1000000}}}),
            (std::vector<Sent>{{1, 0xFFFFFE}, {1, 0xFFFFFF}, {1, 0x1000000}, {1, 0x1000001}}));
}

TEST_F(FrameMergerTest, ReceptionsThatShareNothingFollowOneAnother) {
  std::vector<Sent> early;
  std::vector<Sent> late;
  for (std::uint32_t i = 0; i < 100; ++i) early.push_back({1, i});
  for (std::uint32_t i = 100; i < 200; ++i) late.push_back({1, i});
  std::vector<Sent> all = early;
  all.insert(all.end(), late.begin(), late.end());
  EXPECT_EQ(merged({late, early}), all);
}

TEST_F(FrameMergerTest, EmptyReceptionChangesNothing) {
  EXPECT_EQ(merged({{{1, 0}, {2, 7}, {1, 1}}, {}}), (std::vector<Sent>{{1, 0}, {2, 7}, {1, 1}}));
}

TEST_F(FrameMergerTest, RepeatedFrameOfOneReceptionIsPassedOnAsSuch) {
  EXPECT_EQ(merged({{{1, 0}, {1, 1}, {1, 0}, {1, 1}, {1, 2}}, {{1, 0}, {1, 1}, {1, 2}}}),
            (std::vector<Sent>{{1, 0}, {1, 1}, {1, 0}, {1, 1}, {1, 2}}));
}

// Three receptions of frames of four channels, in any order of naming and of arrival.
TEST_F(FrameMergerTest, OrderOfNamingAndOfArrivalDecideNothing) {
  std::mt19937 random(101);
  for (const unsigned bits : {24U, 8U}) {
    counter_bits_ = bits;
    for (int round = 0; round < 100; ++round) {
      std::vector<Sent> sent;
      std::map<std::uint8_t, std::uint32_t> counters;
      for (int i = 0; i < 300; ++i) {
        const auto vcid = static_cast<std::uint8_t>(below(random, 4));
        sent.push_back({vcid, counters[vcid]++});
      }
      std::vector<std::vector<Sent>> receptions(3);
      for (const Sent one : sent) {
        for (auto& reception : receptions) {
          if (below(random, 3) != 0) reception.push_back(one);
        }
      }
      const std::vector<Sent> first = merged(receptions);
      std::shuffle(receptions.begin(), receptions.end(), random);
      ASSERT_EQ(merged(receptions), first) << "round " << round;
      // Each channel's frames in their order, and each once.
      std::map<std::uint8_t, std::vector<std::uint32_t>> channels;
      for (const Sent one : first) channels[one.vcid].push_back(one.counter);
      for (const auto& [vcid, row] : channels) ASSERT_TRUE(std::is_sorted(row.begin(), row.end())) << "round " << round;
      // The same, pushed in turns.
      FrameMerger merger(3);
      out_.clear();
      std::array<std::size_t, 3> next{};
      while (next[0] < receptions[0].size() || next[1] < receptions[1].size() || next[2] < receptions[2].size()) {
        const std::size_t input = below(random, 3);
        if (next[input] < receptions[input].size()) push(merger, input, receptions[input][next[input]++]);
      }
      for (std::size_t input = 0; input < 3; ++input) merger.end(input, take_);
      ASSERT_EQ(out_, first) << "round " << round;
    }
  }
}

// What each virtual channel was sent, in its order.
std::map<std::uint8_t, std::vector<std::uint32_t>> by_channel(const std::vector<Sent>& row) {
  std::map<std::uint8_t, std::vector<std::uint32_t>> channels;
  for (const Sent one : row) channels[one.vcid].push_back(one.counter);
  return channels;
}

// A row of three channels whose counters begin anew two times: what is above the counter's bits makes each frame
// another. They stand farther from 0 then than a burst of lost frames is long.
std::vector<Sent> row_with_resets(std::mt19937& random, unsigned counter_bits) {
  constexpr std::uint32_t kFar = 20;
  const std::uint32_t range = 1U << counter_bits;
  std::vector<Sent> row;
  std::array<std::uint32_t, 3> counters{};
  for (std::uint32_t& counter : counters) counter = static_cast<std::uint32_t>(below(random, range));
  std::size_t reset = 100 + below(random, 100);
  for (std::size_t i = 0; i < 450; ++i) {
    const bool far = std::ranges::all_of(
        counters, [&](std::uint32_t counter) { return counter % range >= kFar && counter % range < range - kFar; });
    if (i >= reset && far) {
      for (std::uint32_t& counter : counters) counter = (counter / range + 1) * range;
      reset = i + 100 + below(random, 150);
    }
    const auto vcid = static_cast<std::uint8_t>(below(random, counters.size()));
    row.push_back({vcid, counters[vcid]++});
  }
  return row;
}

// Receptions that lack bursts of frames, each of which one of them has; all of them have the first frames.
std::vector<std::vector<Sent>> receptions_of(const std::vector<Sent>& row, std::size_t count, std::mt19937& random) {
  std::vector<std::vector<Sent>> receptions(count);
  for (std::size_t i = 0; i < row.size();) {
    const bool whole = i < 20;
    const std::size_t keeper = below(random, count);
    std::vector<bool> lacks(count);
    for (std::size_t input = 0; input < count; ++input) lacks[input] = input != keeper && below(random, 2) == 0;
    for (std::size_t burst = 1 + below(random, 15); burst > 0 && i < row.size(); --burst, ++i) {
      for (std::size_t input = 0; input < count; ++input) {
        if (whole || !lacks[input]) receptions[input].push_back(row[i]);
      }
    }
  }
  return receptions;
}

TEST_F(FrameMergerTest, ChannelsWhoseCountersRunBackAreWhatWasSent) {
  std::mt19937 random(102);
  for (const unsigned bits : {24U, 8U}) {
    counter_bits_ = bits;
    for (int round = 0; round < 300; ++round) {
      const std::vector<Sent> row = row_with_resets(random, bits);
      const auto receptions = receptions_of(row, 2 + below(random, 2), random);
      const std::vector<Sent> all = merged(receptions);
      ASSERT_EQ(by_channel(all), by_channel(row)) << bits << " bits, round " << round;
      // Pushed in turns.
      FrameMerger merger(receptions.size());
      out_.clear();
      std::vector<std::size_t> next(receptions.size());
      for (std::size_t left = 0; left < receptions.size();) {
        const std::size_t input = below(random, receptions.size());
        if (next[input] > receptions[input].size()) continue;
        if (next[input] < receptions[input].size()) {
          push(merger, input, receptions[input][next[input]]);
        } else {
          merger.end(input, take_);
          ++left;
        }
        ++next[input];
      }
      ASSERT_EQ(out_, all) << bits << " bits, round " << round;
    }
  }
}

TEST_F(FrameMergerTest, FramesBeforeAndBehindAResetThatOnlyOneReceptionHasKeepTheirOrder) {
  constexpr std::uint32_t kAnew = 1U << 24;
  const std::vector<Sent> row = {{1, 97}, {1, 98}, {1, 99}, {1, kAnew}, {1, kAnew + 1}, {1, kAnew + 2}};
  EXPECT_EQ(merged({{row[0], row[3], row[4], row[5]}, {row[0], row[1], row[2], row[4], row[5]}}), row);
  EXPECT_EQ(merged({{row[0], row[1], row[3], row[5]}, {row[0], row[2], row[4], row[5]}}), row);
  EXPECT_EQ(merged({{row[0], row[3], row[4], row[5]}, {row[0], row[1], row[2]}}), row);
}

TEST_F(FrameMergerTest, FullWindowLetsGoOfTheOldestAndLateCopiesAreDropped) {
  FrameMerger merger(2, 10 * 24);
  counter_bits_ = 8;
  for (std::uint32_t i = 0; i < 50; ++i) push(merger, 0, {1, i});
  EXPECT_EQ(out_.size(), 40U);
  for (std::uint32_t i = 0; i < 50; ++i) push(merger, 1, {1, i});
  EXPECT_EQ(out_.size(), 50U);
  EXPECT_EQ(merger.losses().dropped(DropReason::weaker_copy).units, 50U);
}

TEST_F(FrameMergerTest, ReleasePutsOutWhatWaitsForAnother) {
  FrameMerger merger(2);
  push(merger, 0, {1, 0});
  EXPECT_TRUE(out_.empty());
  merger.release(UtcTime{Seconds{1}}, take_);
  EXPECT_EQ(out_.size(), 1U);
}

TEST_F(FrameMergerTest, NothingIsBrokenWhereOneReceptionWentOn) {
  FrameMerger merger(2);
  Bytes bytes;
  const auto push_broken = [&](std::size_t input, std::uint32_t counter, std::uint32_t breaks) {
    Frame next = frame({1, counter}, bytes, 24);
    next.breaks_before = breaks;
    merger.push(input, next, take_);
  };
  for (std::uint32_t i = 0; i < 6; ++i) {
    if (i != 3) push_broken(0, i, i < 3 ? 0 : 1);
    if (i != 5) push_broken(1, i, 7);
  }
  merger.end(0, take_);
  merger.end(1, take_);
  EXPECT_THAT(breaks_, ElementsAre(1U, 1U, 1U, 1U, 1U, 1U));
}

}  // namespace
}  // namespace dl::link::testing
