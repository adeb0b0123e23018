#include "decoders/metop_packet.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace dl::decoders {
namespace {

const UtcTime kTime = *parse_utc("2026-07-30T08:45:56.567716Z");

TEST(MetopPacket, TimeAndDataComeBack) {
  const Bytes data = {1, 2, 3, 4, 5, 6};
  const Bytes packet = make_metop_packet(34, 77, kTime, data);
  ASSERT_EQ(packet.size(), kMetopDataOffset + data.size() + kMetopParityBytes);
  EXPECT_EQ(read_metop_time(packet).value(), kTime);
  const ByteView back = metop_data(packet);
  EXPECT_TRUE(std::equal(back.begin(), back.end(), data.begin(), data.end()));
}

// The first bytes of a packet of Metop-B (instruments.md 5.1).
TEST(MetopPacket, TimeCodeIsThatOfAPublishedPacket) {
  const Bytes packet = make_metop_packet(103, 3715, kTime, {});
  const Bytes published = {0x25, 0xEB, 0x01, 0xE1, 0x83, 0xD7, 0x02, 0xCC};
  EXPECT_TRUE(std::equal(published.begin(), published.end(), packet.begin() + kMetopTimeOffset));
}

TEST(MetopPacket, EveryFlippedBitFailsTheParity) {
  const Bytes packet = make_metop_packet(34, 77, kTime, Bytes(10, 0x5A));
  for (std::size_t bit = 0; bit < 8 * packet.size(); ++bit) {
    Bytes damaged = packet;
    damaged[bit / 8] = static_cast<Byte>(damaged[bit / 8] ^ (0x80 >> bit % 8));
    const auto time = read_metop_time(damaged);
    ASSERT_FALSE(time) << bit;
    EXPECT_EQ(time.error(), DropReason::packet_checksum);
  }
}

TEST(MetopPacket, ATimeThatNoDayHasIsRefused) {
  Bytes packet = make_metop_packet(34, 0, kTime, Bytes(4));
  packet[8] = 0x05;  // 86.4 million milliseconds are 0x05265C00
  packet[9] = 0x26;
  packet[10] = 0x5C;
  packet[11] = 0x00;
  std::uint16_t parity = 0;
  packet[packet.size() - 2] = packet[packet.size() - 1] = 0;
  for (std::size_t i = 0; i < packet.size(); i += 2) parity = static_cast<std::uint16_t>(parity ^ read_u16(packet, i));
  packet[packet.size() - 2] = static_cast<Byte>(parity >> 8);
  packet[packet.size() - 1] = static_cast<Byte>(parity);
  EXPECT_EQ(read_metop_time(packet).error(), DropReason::packet_time);
  EXPECT_EQ(read_metop_time(ByteView(packet).first(12)).error(), DropReason::packet_time);
}

}  // namespace
}  // namespace dl::decoders
