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
  EXPECT_EQ(format_utc(packet_time(packet_of(bytes), metop(), UtcTime{}).value()), "2026-07-30T08:45:56.567716Z");
}

TEST(PacketTime, IsAbsentWhereThereIsNone) {
  const Bytes bytes(14, 0xFF);
  EXPECT_FALSE(packet_time(packet_of(bytes), metop(), UtcTime{}));  // milliseconds that no day has
  const Bytes good(14, 0);
  EXPECT_TRUE(packet_time(packet_of(good), metop(), UtcTime{}));
  EXPECT_FALSE(packet_time(packet_of(ByteView(good).first(13)), metop(), UtcTime{}));
  EXPECT_FALSE(packet_time(packet_of(good), link::Profile{}, UtcTime{}));
  link::Packet no_header = packet_of(good);
  no_header.has_secondary_header = false;
  EXPECT_FALSE(packet_time(no_header, metop(), UtcTime{}));
}

// Meteor-M2: Moscow time of day, no day.
TEST(PacketTime, TakesTheNearestDayWhereThePacketHasNone) {
  link::Profile meteor;
  meteor.packet_time = link::PacketTime{.day_is_valid = false, .utc_offset_s = -10800};
  Bytes bytes(6, 0);
  append_u16(bytes, 0);
  append_u32(bytes, 43'356'536);  // the first packet of the recording in the test data: 09:02:36.536 UTC
  append_u16(bytes, 0);
  const auto at = [&](const char* received) {
    return format_utc(packet_time(packet_of(bytes), meteor, parse_utc(received).value()).value());
  };
  EXPECT_EQ(at("2020-03-05T09:02:30Z"), "2020-03-05T09:02:36.536Z");
  EXPECT_EQ(at("2020-03-05T21:30:00Z"), "2020-03-06T09:02:36.536Z");
  EXPECT_EQ(at("2020-03-05T20:30:00Z"), "2020-03-05T09:02:36.536Z");
}

}  // namespace
}  // namespace dl::process
