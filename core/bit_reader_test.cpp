#include "core/bit_reader.h"

#include <gtest/gtest.h>

namespace dl {
namespace {

TEST(BitReader, TakesFieldsAcrossByteBoundaries) {
  const Bytes bytes = {0b10110011, 0b01010101, 0xFF, 0x00, 0x12};
  BitReader reader(bytes);
  EXPECT_EQ(reader.take(3), 0b101U);
  EXPECT_EQ(reader.peek(7), 0b1001101U);
  EXPECT_EQ(reader.take(7), 0b1001101U);
  EXPECT_EQ(reader.take(0), 0U);
  EXPECT_EQ(reader.take(30), 0b010101111111110000000000010010U);
  EXPECT_FALSE(reader.overrun());
  EXPECT_EQ(reader.remaining_bits(), 0U);
}

TEST(BitReader, ReadsThirtyTwoBitsAtAnyPhase) {
  const Bytes bytes = {0x01, 0x23, 0x45, 0x67, 0x89};
  for (unsigned phase = 0; phase <= 8; ++phase) {
    BitReader reader(bytes);
    reader.skip(phase);
    EXPECT_EQ(reader.take(32), static_cast<std::uint32_t>(0x0123456789ULL >> (8 - phase)));
  }
}

TEST(BitReader, PastTheEndGivesZeroBitsAndSaysSo) {
  const Bytes bytes = {0xFF};
  BitReader reader(bytes);
  EXPECT_EQ(reader.take(12), 0xFF0U);
  EXPECT_TRUE(reader.overrun());
}

}  // namespace
}  // namespace dl
