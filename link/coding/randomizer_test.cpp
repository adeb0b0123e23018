#include "link/coding/randomizer.h"

#include <gtest/gtest.h>

#include <bit>

#include "core/sha256.h"

namespace dl::link {
namespace {

// CCSDS 131.0-B 10.4.1 and the known answers beside the recordings.
TEST(Randomizer, SequenceIsTheStandards) {
  EXPECT_EQ(to_hex(randomizer_sequence().first(40)),
            "ff480ec09a0d70bc8e2c93ada7b746ce5a977dcc32a2bf3e0a10f18894cdeab1fe901d81341ae179");
  EXPECT_EQ(sha256_hex(randomizer_sequence()), "6dac31e6759a382430c80ad84bcd698011f21961ab21318b310a85ef85c7246e");
}

TEST(Randomizer, RepeatsAfter255BytesAndUndoesItself) {
  Bytes bytes(1020, 0);
  apply_randomizer(bytes);
  for (std::size_t i = 0; i < bytes.size(); ++i) EXPECT_EQ(bytes[i], randomizer_sequence()[i % 255]);
  apply_randomizer(bytes);
  EXPECT_EQ(bytes, Bytes(1020, 0));
}

// CCSDS 131.0-B-5, the note in 10.4.3: the first 40 bits.
TEST(Randomizer, TheLongSequenceStartsAsTheStandardPrintsIt) {
  const Bytes mask = randomizer_mask(Randomizer::ccsds_131071, 0, 3 * kLongRandomizerPeriodBytes);
  EXPECT_EQ(to_hex(ByteView(mask).first(5)), "1c71b91ba9");
  // A maximal sequence of 2^17 - 1 bits: 2^16 ones; over 8 periods every bit stands in every place of a byte.
  std::size_t ones = 0;
  for (std::size_t i = 0; i < kLongRandomizerPeriodBytes; ++i) {
    ones += static_cast<std::size_t>(std::popcount(mask[i]));
    ASSERT_EQ(mask[i], mask[i + kLongRandomizerPeriodBytes]);
    ASSERT_EQ(mask[i], mask[i + 2 * kLongRandomizerPeriodBytes]);
  }
  EXPECT_EQ(ones, 8U * 65536);
}

TEST(Randomizer, StartsBehindTheOffset) {
  const Bytes mask = randomizer_mask(Randomizer::ccsds_255, 6, 600);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(mask[i], 0);
  for (std::size_t i = 6; i < 600; ++i) EXPECT_EQ(mask[i], randomizer_sequence()[(i - 6) % 255]);
  EXPECT_EQ(randomizer_mask(Randomizer::none, 0, 100), Bytes(100, 0));
  EXPECT_EQ(randomizer_mask(Randomizer::ccsds_255, 9, 4), Bytes(4, 0));
}

TEST(Randomizer, AMaskIsAddedToEveryByteOfAnyLength) {
  const Bytes mask = randomizer_mask(Randomizer::ccsds_131071, 0, 70);
  for (std::size_t size = 0; size <= 64; ++size) {
    Bytes bytes(size + 1, 0x5A);
    add_mask(std::span<Byte>(bytes).first(size), mask);
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(bytes[i], 0x5A ^ mask[i]);
    ASSERT_EQ(bytes[size], 0x5A);
  }
}

}  // namespace
}  // namespace dl::link
