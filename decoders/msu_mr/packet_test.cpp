#include "decoders/msu_mr/packet.h"

#include <gtest/gtest.h>

#include "decoders/msu_mr/msu_mr_test_packets.h"

namespace dl::decoders::msu_mr {
namespace {

using testing::packet_bytes;

TEST(MsuMrPacket, ReadsItsFields) {
  const Bytes bytes = packet_bytes(5, 43356536, 13, {1, 2, 3}, 77);
  const auto packet = parse_image_packet(68, bytes);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->channel, 5U);
  EXPECT_EQ(packet->day, 77U);
  EXPECT_EQ(packet->time_of_day, Milliseconds(43356536));
  EXPECT_EQ(packet->packet_in_strip, 13U);
  EXPECT_EQ(packet->quality, 50U);
  EXPECT_EQ(packet->coded_blocks.size(), 3U);
}

DropReason refusal(std::size_t offset, Byte value) {
  Bytes bytes = packet_bytes(1, 1000, 0, {1, 2, 3});
  bytes[offset] = value;
  const auto packet = parse_image_packet(64, bytes);
  return packet ? DropReason::count_ : packet.error();
}

TEST(MsuMrPacket, RefusesWhatNoImagePacketHas) {
  EXPECT_EQ(refusal(14, 14), DropReason::count_);
  EXPECT_EQ(refusal(14, 13), DropReason::decoder_refused);   // no multiple of 14 blocks
  EXPECT_EQ(refusal(14, 196), DropReason::decoder_refused);  // beyond the line
  EXPECT_EQ(refusal(15, 1), DropReason::decoder_refused);    // another quantisation table
  EXPECT_EQ(refusal(16, 0x11), DropReason::decoder_refused);
  EXPECT_EQ(refusal(17, 0xFE), DropReason::decoder_refused);
  EXPECT_EQ(refusal(19, 0), DropReason::decoder_refused);
  EXPECT_EQ(refusal(19, 101), DropReason::decoder_refused);
  EXPECT_EQ(refusal(8, 0x06), DropReason::packet_time);   // 100 million ms
  EXPECT_EQ(refusal(12, 0x04), DropReason::packet_time);  // 1024 us of a ms
}

TEST(MsuMrPacket, RefusesPacketsThatEndBeforeTheirBlocks) {
  const Bytes bytes = packet_bytes(1, 1000, 0, {1});
  for (std::size_t size = 6; size < bytes.size(); ++size) {
    EXPECT_EQ(parse_image_packet(64, ByteView(bytes).first(size)).error(), DropReason::packet_length) << size;
  }
}

}  // namespace
}  // namespace dl::decoders::msu_mr
