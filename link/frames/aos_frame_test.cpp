#include "link/frames/aos_frame.h"

#include <gtest/gtest.h>

#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

// The first frame of the Suomi-NPP recording, with the replay flag set.
TEST(AosFrame, HeaderFieldsStandWhereTheStandardPutsThem) {
  const Bytes frame = {0x67, 0x50, 0x96, 0x30, 0xBC, 0x80};
  const AosHeader header = parse_aos_header(frame);
  EXPECT_EQ(header.version, 1);
  EXPECT_EQ(header.scid, 157);
  EXPECT_EQ(header.vcid, 16);
  EXPECT_EQ(header.counter, 9842876U);
  EXPECT_EQ(header.counter_bits(), 24);
  EXPECT_TRUE(header.replay);
  EXPECT_FALSE(header.cycle_in_use);
}

TEST(AosFrame, ExtendedScidTakesItsTwoUpperBitsFromTheSignalingField) {
  const Bytes frame = {0x67, 0x50, 0x00, 0x00, 0x00, 0x20};
  EXPECT_EQ(parse_aos_header(frame, true).scid, 0x200 | 157);
  EXPECT_EQ(parse_aos_header(frame, false).scid, 157);
}

TEST(AosFrame, CycleMakesTheCounterFourBitsLonger) {
  const Bytes frame = {0x67, 0x50, 0x12, 0x34, 0x56, 0x4A};
  EXPECT_EQ(parse_aos_header(frame).counter, 0xA123456U);
  EXPECT_EQ(parse_aos_header(frame).counter_bits(), 28);
}

TEST(AosFrame, CycleThatIsNotInUseIsNoPartOfTheCounter) {
  const Bytes frame = {0x67, 0x50, 0x12, 0x34, 0x56, 0x0A};
  EXPECT_EQ(parse_aos_header(frame).counter, 0x123456U);
}

TEST(AosFrame, WhatIsWrittenIsRead) {
  std::mt19937 random(61);
  for (int round = 0; round < 100; ++round) {
    Bytes bytes = random_bytes(random, kAosHeaderBytes);
    if ((bytes[5] & 0x40) == 0) bytes[5] &= 0xF0;  // a cycle that is not in use is sent as zero
    Bytes again(kAosHeaderBytes);
    write_aos_header(parse_aos_header(bytes, true), again);
    EXPECT_EQ(again, bytes);
  }
}

}  // namespace
}  // namespace dl::link::testing
