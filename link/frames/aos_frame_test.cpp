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
  EXPECT_EQ(header.signaling, 0x80);
}

TEST(AosFrame, WhatIsWrittenIsRead) {
  std::mt19937 random(61);
  for (int round = 0; round < 100; ++round) {
    const Bytes bytes = random_bytes(random, kAosHeaderBytes);
    Bytes again(kAosHeaderBytes);
    write_aos_header(parse_aos_header(bytes), again);
    EXPECT_EQ(again, bytes);
  }
}

std::optional<DropReason> verdict(const AosHeader& header) {
  FrameBatch batch;
  write_aos_header(header, batch.add(Frame{}, 20));
  AosFrameCheck check(snpp_profile());
  check.check(batch);
  EXPECT_TRUE(check.losses().balanced());
  return batch.frames()[0].dropped;
}

TEST(AosFrameCheck, DropsWhatIsNotTheProfiles) {
  EXPECT_EQ(verdict({1, 157, 16, 5, 0}), std::nullopt);
  EXPECT_EQ(verdict({0, 157, 16, 5, 0}), DropReason::frame_version);
  EXPECT_EQ(verdict({1, 159, 16, 5, 0}), DropReason::frame_scid);
  EXPECT_EQ(verdict({1, 157, 63, 5, 0}), DropReason::idle);
}

}  // namespace
}  // namespace dl::link::testing
