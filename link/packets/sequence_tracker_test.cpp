#include "link/packets/sequence_tracker.h"

#include <gtest/gtest.h>

namespace dl::link {
namespace {

bool gap_before(SequenceTracker& tracker, std::uint16_t apid, std::uint16_t count) {
  Packet packet;
  packet.apid = apid;
  packet.sequence_count = count;
  tracker.take(packet);
  return packet.gap_before;
}

TEST(SequenceTracker, CountsPerApid) {
  SequenceTracker tracker(SequenceCount::per_apid);
  EXPECT_FALSE(gap_before(tracker, 1, 16382));
  EXPECT_FALSE(gap_before(tracker, 2, 7));
  EXPECT_FALSE(gap_before(tracker, 1, 16383));
  EXPECT_FALSE(gap_before(tracker, 1, 0));
  EXPECT_TRUE(gap_before(tracker, 2, 11));
  ASSERT_EQ(tracker.rows().size(), 2U);
  EXPECT_EQ(tracker.rows()[0].apid, 1);
  EXPECT_EQ(tracker.rows()[0].counts.gaps, 0U);
  EXPECT_EQ(tracker.rows()[1].counts.gaps, 1U);
  EXPECT_EQ(tracker.rows()[1].counts.packets_missing, 3U);
}

TEST(SequenceTracker, CountsAcrossApidsWhereTheSpacecraftDoes) {
  SequenceTracker tracker(SequenceCount::across_apids);
  EXPECT_FALSE(gap_before(tracker, 64, 100));
  EXPECT_FALSE(gap_before(tracker, 65, 101));
  EXPECT_FALSE(gap_before(tracker, 64, 102));
  EXPECT_TRUE(gap_before(tracker, 65, 104));
}

TEST(SequenceTracker, CountThatRunsBackwardsIsAGapOfUnknownLength) {
  SequenceTracker tracker(SequenceCount::per_apid);
  gap_before(tracker, 1, 5000);
  EXPECT_TRUE(gap_before(tracker, 1, 0));
  EXPECT_EQ(tracker.rows().at(0).counts.packets_missing, 0U);
  EXPECT_EQ(tracker.rows().at(0).counts.backward_steps, 1U);
}

TEST(SequenceTracker, CountThatComesAgainIsARepeatAndNoGap) {
  SequenceTracker tracker(SequenceCount::per_apid);
  gap_before(tracker, 1, 0);
  EXPECT_FALSE(gap_before(tracker, 1, 0));
  EXPECT_FALSE(gap_before(tracker, 1, 1));
  EXPECT_EQ(tracker.rows().at(0).counts.repeats, 1U);
  EXPECT_EQ(tracker.rows().at(0).counts.gaps, 0U);
}

TEST(SequenceTracker, OtherKindsOfPacketsAreCountedApart) {
  SequenceTracker tracker(SequenceCount::per_apid);
  gap_before(tracker, 0, 5);
  Packet packet;
  packet.kind = PacketKind::frame_data;
  packet.gap_before = true;
  tracker.take(packet);
  EXPECT_TRUE(packet.gap_before);  // of its frame
  ASSERT_EQ(tracker.rows().size(), 2U);
  EXPECT_EQ(tracker.rows()[1].kind, PacketKind::frame_data);
}

}  // namespace
}  // namespace dl::link
