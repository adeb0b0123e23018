#include "link/frames/uslp_frame.h"

#include <gtest/gtest.h>

#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

TEST(UslpFrame, HeaderFieldsStandWhereTheStandardPutsThem) {
  // 1100 | 1010101010101011 | 1 | 100001 | 1010 | 0, length 999, bypass, command, two spare, OCF, counter of 3 bytes
  const Bytes frame = {0xCA, 0xAA, 0xBC, 0x34, 0x03, 0xE7, 0xCB, 0x01, 0x02, 0x03};
  const auto header = parse_uslp_header(frame);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->version, 12);
  EXPECT_EQ(header->scid, 0xAAAB);
  EXPECT_TRUE(header->is_destination);
  EXPECT_EQ(header->vcid, 33);
  EXPECT_EQ(header->map_id, 10);
  EXPECT_FALSE(header->truncated);
  EXPECT_EQ(header->frame_size_bytes, 1000U);
  EXPECT_FALSE(header->sequence_controlled);
  EXPECT_TRUE(header->protocol_control_command);
  EXPECT_TRUE(header->has_operational_control);
  EXPECT_EQ(header->counter_bytes, 3U);
  EXPECT_EQ(header->counter, 0x010203U);
  EXPECT_EQ(header->size_bytes(), 10U);
}

TEST(UslpFrame, TruncatedHeaderEndsAfterFourBytes) {
  const auto header = parse_uslp_header(Bytes{0xC0, 0x00, 0x10, 0x01});
  ASSERT_TRUE(header);
  EXPECT_TRUE(header->truncated);
  EXPECT_EQ(header->scid, 1);
  EXPECT_EQ(header->size_bytes(), 4U);
  EXPECT_EQ(header->counter_bytes, 0U);
}

TEST(UslpFrame, HeaderThatIsCutIsNone) {
  const Bytes frame = {0xCA, 0xAA, 0xBC, 0x34, 0x03, 0xE7, 0xCB, 0x01, 0x02, 0x03};
  for (std::size_t size = 0; size < frame.size(); ++size) {
    EXPECT_FALSE(parse_uslp_header(ByteView(frame).first(size))) << size;
  }
}

TEST(UslpFrame, WhatIsWrittenIsReadForEveryLengthOfCounter) {
  std::mt19937 random(63);
  for (unsigned counter_bytes = 0; counter_bytes <= kUslpMaxCounterBytes; ++counter_bytes) {
    Bytes bytes = random_bytes(random, kUslpHeaderBytes + counter_bytes);
    bytes[3] &= 0xFE;
    bytes[6] = static_cast<Byte>((bytes[6] & 0xC8U) | counter_bytes);
    const auto header = parse_uslp_header(bytes);
    ASSERT_TRUE(header);
    Bytes again(bytes.size());
    write_uslp_header(*header, again);
    EXPECT_EQ(again, bytes);
  }
}

TEST(UslpFrame, DataFieldHeaderHasAPointerInTheFirstThreeRules) {
  const auto spanning = parse_uslp_data_field_header(Bytes{0x00, 0x01, 0x02});
  ASSERT_TRUE(spanning);
  EXPECT_EQ(spanning->pointer, 0x0102);
  EXPECT_EQ(spanning->size_bytes(), 3U);
  const auto whole = parse_uslp_data_field_header(Bytes{0xE5});
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->rule, UslpRule::unsegmented);
  EXPECT_EQ(whole->protocol, 5);
  EXPECT_EQ(whole->size_bytes(), 1U);
  EXPECT_FALSE(parse_uslp_data_field_header(Bytes{0x40, 0x00}));
  EXPECT_FALSE(parse_uslp_data_field_header({}));
}

}  // namespace
}  // namespace dl::link::testing
