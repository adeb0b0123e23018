#include "process/packet_time.h"

#include <gtest/gtest.h>

namespace dl::process {
namespace {

link::Profile metop() {
  link::Profile profile;
  profile.packet_time = link::PacketTime{.epoch_days_from_1970 = 10957};
  return profile;
}

link::Packet packet_of(ByteView bytes) {
  link::Packet packet;
  packet.has_secondary_header = true;
  packet.bytes = bytes;
  return packet;
}

// The Metop-B packet that instruments.md section 5.1 quotes.
TEST(PacketTime, ReadsTheTimeOfARealMetopPacket) {
  const Bytes bytes = {0, 0, 0, 0, 0, 0, 0x25, 0xEB, 0x01, 0xE1, 0x83, 0xD7, 0x02, 0xCC};
  EXPECT_EQ(format_utc(packet_time(packet_of(bytes), metop()).value()), "2026-07-30T08:45:56.567716Z");
}

TEST(PacketTime, IsAbsentWhereThereIsNone) {
  const Bytes bytes(14, 0xFF);
  EXPECT_FALSE(packet_time(packet_of(bytes), metop()));  // milliseconds that no day has
  const Bytes good(14, 0);
  EXPECT_TRUE(packet_time(packet_of(good), metop()));
  EXPECT_FALSE(packet_time(packet_of(ByteView(good).first(13)), metop()));
  EXPECT_FALSE(packet_time(packet_of(good), link::Profile{}));
  link::Packet no_header = packet_of(good);
  no_header.has_secondary_header = false;
  EXPECT_FALSE(packet_time(no_header, metop()));
  link::Profile meteor = metop();
  meteor.packet_time->day_is_valid = false;
  EXPECT_FALSE(packet_time(packet_of(good), meteor));
}

}  // namespace
}  // namespace dl::process
