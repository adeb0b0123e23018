#include "link/packets/space_packet.h"

#include <gtest/gtest.h>

#include "core/sha256.h"

namespace dl::link {
namespace {

TEST(SpacePacket, HeaderIsBuiltAndReadBack) {
  SpacePacketHeader header;
  header.apid = 103;
  header.has_secondary_header = true;
  header.sequence_flags = 1;
  header.sequence_count = 16383;
  Bytes bytes;
  append_space_packet(header, Bytes(3, 0xAB), bytes);
  EXPECT_EQ(to_hex(bytes), "08677fff0002ababab");
  const SpacePacketHeader read = parse_space_packet_header(bytes);
  EXPECT_EQ(read.apid, 103);
  EXPECT_TRUE(read.has_secondary_header);
  EXPECT_FALSE(read.telecommand);
  EXPECT_EQ(read.sequence_flags, 1);
  EXPECT_EQ(read.sequence_count, 16383);
  EXPECT_EQ(read.packet_size_bytes(), 9U);
}

TEST(SpacePacket, LongestDataFieldHas65536Bytes) {
  Bytes bytes;
  append_space_packet({}, Bytes(65536, 1), bytes);
  EXPECT_EQ(bytes.size(), kMaxPacketBytes);
  EXPECT_EQ(parse_space_packet_header(bytes).packet_size_bytes(), kMaxPacketBytes);
}

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
  EXPECT_EQ(tracker.by_apid().at(2).packets_missing, 3U);
  EXPECT_EQ(tracker.by_apid().at(2).gaps, 1U);
  EXPECT_EQ(tracker.by_apid().at(1).gaps, 0U);
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
  EXPECT_EQ(tracker.by_apid().at(1).packets_missing, 0U);
}

}  // namespace
}  // namespace dl::link
