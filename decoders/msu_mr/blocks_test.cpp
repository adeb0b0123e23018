#include "decoders/msu_mr/blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "decoders/msu_mr/huffman.h"
#include "decoders/msu_mr/msu_mr_test_packets.h"

namespace dl::decoders::msu_mr {
namespace {

using testing::BitWriter;
using testing::coded_grey;
using ::testing::Each;
using testing::kEndOfBlockCode;
using testing::put_dc;

TEST(MsuMrBlocks, DcDifferencesAddUpWithinAPacket) {
  BitWriter out;
  for (unsigned block = 0; block < kBlocksPerPacket; ++block) {
    put_dc(out, block % 2 == 0 ? 10 : -10);
    out.put(kEndOfBlockCode);
  }
  const auto blocks = decode_blocks(out.bytes(), 50);
  ASSERT_TRUE(blocks);
  EXPECT_THAT((*blocks)[0], Each(148));
  EXPECT_THAT((*blocks)[1], Each(128));
  EXPECT_THAT((*blocks)[12], Each(148));
}

TEST(MsuMrBlocks, QualityScalesTheQuantiser) {
  // A DC of 10 steps: 16 at quality 50; (16 * 40 + 50) / 100 = 6 at 80; (16 * 500 + 50) / 100 = 80 at 10; 1 at 100.
  BitWriter out;
  put_dc(out, 10);
  out.put(kEndOfBlockCode);
  for (unsigned block = 1; block < kBlocksPerPacket; ++block) out.put(std::string("00") + kEndOfBlockCode);
  EXPECT_THAT((*decode_blocks(out.bytes(), 50))[0], Each(128 + 20));
  EXPECT_THAT((*decode_blocks(out.bytes(), 80))[0], Each(136));  // 128 + 7.5
  EXPECT_THAT((*decode_blocks(out.bytes(), 10))[0], Each(128 + 100));
  EXPECT_THAT((*decode_blocks(out.bytes(), 100))[0], Each(129));  // 128 + 1.25
}

TEST(MsuMrBlocks, ValuesAreClampedToEightBits) {
  BitWriter out;
  put_dc(out, 100);
  out.put(kEndOfBlockCode);
  put_dc(out, -127);
  out.put(kEndOfBlockCode);
  put_dc(out, -127);
  out.put(kEndOfBlockCode);
  for (unsigned block = 3; block < kBlocksPerPacket; ++block) out.put(std::string("00") + kEndOfBlockCode);
  const auto blocks = decode_blocks(out.bytes(), 50);
  ASSERT_TRUE(blocks);
  EXPECT_THAT((*blocks)[0], Each(255));
  EXPECT_THAT((*blocks)[2], Each(0));
}

TEST(MsuMrBlocks, CoefficientsStandInZigzagOrderAndTransformByTheStandardsFormula) {
  // AC codes of T.81 table K.5: (0,3) = 100, (2,1) = 11100, sixteen zeros = 11111111001, (1,1) = 1100.
  BitWriter out;
  put_dc(out, 0);
  out.put(
      "100"
      "101");  // k = 1, value 5
  out.put(
      "11100"
      "0");                // k = 4, value -1
  out.put("11111111001");  // k = 5 to 20
  out.put(
      "1100"
      "1");  // k = 22, value 1
  out.put(kEndOfBlockCode);
  for (unsigned block = 1; block < kBlocksPerPacket; ++block) out.put(std::string("00") + kEndOfBlockCode);
  const auto blocks = decode_blocks(out.bytes(), 50);
  ASSERT_TRUE(blocks);
  // Zigzag 1 is (horizontal 1, vertical 0), 4 is (1, 1), 22 is (1, 5); quantiser steps 11, 12 and 35.
  const auto term = [](double step, int value, int u, int v, int x, int y) {
    const double scale = (u == 0 ? std::sqrt(0.5) : 1) * (v == 0 ? std::sqrt(0.5) : 1) / 4;
    return scale * step * value * std::cos((2 * x + 1) * u * M_PI / 16) * std::cos((2 * y + 1) * v * M_PI / 16);
  };
  for (int y = 0; y < 8; ++y) {
    for (int x = 0; x < 8; ++x) {
      const double expected = 128 + term(11, 5, 1, 0, x, y) + term(12, -1, 1, 1, x, y) + term(35, 1, 1, 5, x, y);
      EXPECT_EQ((*blocks)[0][static_cast<std::size_t>(y * 8 + x)], std::lround(expected)) << x << ',' << y;
    }
  }
}

TEST(MsuMrBlocks, RefusesCodeThatEndsEarlyOrLeavesBytesOver) {
  const Bytes coded = coded_grey(200);
  ASSERT_TRUE(decode_blocks(coded, 50));
  for (std::size_t size = 0; size < coded.size(); ++size) {
    EXPECT_FALSE(decode_blocks(ByteView(coded).first(size), 50)) << size;
  }
  Bytes longer = coded;
  longer.push_back(0);
  longer.push_back(0);
  EXPECT_FALSE(decode_blocks(longer, 50));
}

TEST(MsuMrBlocks, RefusesCodesThatDoNotExistAndRunsBeyondTheBlock) {
  EXPECT_FALSE(decode_blocks(Bytes(40, 0xFF), 50));
  BitWriter out;
  put_dc(out, 0);
  for (int i = 0; i < 4; ++i) out.put("11111111001");  // 64 zeros behind the DC
  EXPECT_FALSE(decode_blocks(out.bytes(), 50));
}

TEST(MsuMrBlocks, AnyBytesDecodeOrAreRefused) {
  std::minstd_rand engine(20251112);
  const auto random = [&] { return static_cast<unsigned>(engine()) >> 8U; };
  std::size_t refused = 0;
  for (int round = 0; round < 20000; ++round) {
    Bytes bytes(random() % 400);
    for (Byte& byte : bytes) byte = static_cast<Byte>(random());
    refused += decode_blocks(bytes, 1 + random() % 100) ? 0 : 1;
  }
  EXPECT_GT(refused, 19900U);
}

}  // namespace
}  // namespace dl::decoders::msu_mr
