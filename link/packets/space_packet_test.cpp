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

}  // namespace
}  // namespace dl::link
