#include "link/packets/packet_extent.h"

#include <gtest/gtest.h>

namespace dl::link {
namespace {

using State = PacketExtent::State;

PacketExtent extent(const Bytes& bytes) {
  return packet_extent(bytes, true);
}

TEST(PacketExtent, SpacePacketIsSevenBytesAndItsLengthField) {
  EXPECT_EQ(extent({0x08, 0x67, 0xC0, 0, 0, 2}).size_bytes, 9U);
  EXPECT_EQ(extent({0x08, 0x67, 0xC0, 0, 0xFF, 0xFF}).size_bytes, 65542U);
  EXPECT_EQ(extent({0x08, 0x67, 0xC0, 0, 0}).state, State::incomplete);
}

TEST(PacketExtent, EncapsulationPacketHasFourLengthsOfHeader) {
  EXPECT_EQ(extent({0xE0}).size_bytes, 1U);
  EXPECT_EQ(extent({0xE9, 0x07}).size_bytes, 7U);
  EXPECT_EQ(extent({0xEA, 0, 0x04, 0x50}).size_bytes, 1104U);
  EXPECT_EQ(extent({0xEB, 0, 0, 0, 0, 0x01, 0, 0x10}).size_bytes, 65552U);
  EXPECT_EQ(extent({0xEB, 0, 0, 0, 0, 0x01, 0}).state, State::incomplete);
  EXPECT_EQ(extent({0xE9, 0x07}).kind, PacketKind::encapsulation);
}

TEST(PacketExtent, LengthsThatCannotBeAreBad) {
  EXPECT_EQ(extent({0xE8}).state, State::bad);                          // data without a length
  EXPECT_EQ(extent({0xE9, 1}).state, State::bad);                       // shorter than its header
  EXPECT_EQ(extent({0xEA, 0, 0, 3}).state, State::bad);                 // the same
  EXPECT_EQ(extent({0xEB, 0, 0, 0, 0, 0x10, 0, 1}).state, State::bad);  // longer than is believed
}

TEST(PacketExtent, OtherVersionsAreBad) {
  for (unsigned version = 1; version < 8; ++version) {
    EXPECT_EQ(packet_extent(Bytes(6, static_cast<Byte>(version << 5U)), false).state, State::bad) << version;
  }
}

TEST(PacketExtent, IdleIsTheLastApidOrProtocolNought) {
  EXPECT_TRUE(is_idle_packet(Bytes{0x07, 0xFF}, PacketKind::space));
  EXPECT_FALSE(is_idle_packet(Bytes{0x07, 0xFE}, PacketKind::space));
  EXPECT_TRUE(is_idle_packet(Bytes{0xE2}, PacketKind::encapsulation));
  EXPECT_FALSE(is_idle_packet(Bytes{0xFE}, PacketKind::encapsulation));
}

}  // namespace
}  // namespace dl::link
