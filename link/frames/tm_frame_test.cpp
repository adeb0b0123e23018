#include "link/frames/tm_frame.h"

#include <gtest/gtest.h>

#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

// The first frame of the STEREO-A recording.
TEST(TmFrame, HeaderFieldsStandWhereTheStandardPutsThem) {
  const Bytes frame = {0x0E, 0xAF, 0x20, 0xFB, 0x98, 0x00};
  const TmHeader header = parse_tm_header(frame);
  EXPECT_EQ(header.version, 0);
  EXPECT_EQ(header.scid, 234);
  EXPECT_EQ(header.vcid, 7);
  EXPECT_TRUE(header.has_operational_control);
  EXPECT_EQ(header.master_counter, 0x20);
  EXPECT_EQ(header.counter, 0xFB);
  EXPECT_TRUE(header.has_secondary_header);
  EXPECT_FALSE(header.carries_no_packets);
  EXPECT_FALSE(header.packets_out_of_order);
  EXPECT_EQ(header.segment_length_id, 3);
  EXPECT_EQ(header.first_header_pointer, 0);
}

TEST(TmFrame, WhatIsWrittenIsRead) {
  std::mt19937 random(62);
  for (int round = 0; round < 100; ++round) {
    const Bytes bytes = random_bytes(random, kTmHeaderBytes);
    Bytes again(kTmHeaderBytes);
    write_tm_header(parse_tm_header(bytes), again);
    EXPECT_EQ(again, bytes);
  }
}

TEST(TmFrame, SecondaryHeaderSaysOneLessThanItsSize) {
  EXPECT_EQ(tm_secondary_header_size(Bytes{0x0E}), 15U);  // STEREO-A
  EXPECT_EQ(tm_secondary_header_size(Bytes{0x3F}), 64U);
  EXPECT_EQ(tm_secondary_header_size(Bytes{0x00}), std::nullopt);
  EXPECT_EQ(tm_secondary_header_size(Bytes{0x4E}), std::nullopt);
  EXPECT_EQ(tm_secondary_header_size({}), std::nullopt);
}

}  // namespace
}  // namespace dl::link::testing
