#include "link/sync/bit_string.h"

#include <gtest/gtest.h>

#include "link/stream_test_support.h"

namespace dl::link::testing {
namespace {

Bits stretch(const Bits& bits, std::size_t from, std::size_t count) {
  const auto begin = bits.begin() + static_cast<std::ptrdiff_t>(from);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

TEST(BitString, ReadsEveryWidthAtEveryBit) {
  std::mt19937 random(32);
  const Bytes bytes = random_bytes(random, 30);
  const Bits bits = to_bits(bytes);
  for (unsigned count = 1; count <= 64; ++count) {
    for (std::size_t at = 0; at + count <= bits.size(); ++at) {
      std::uint64_t expected = 0;
      for (unsigned i = 0; i < count; ++i) expected = expected << 1 | (bits[at + i] ? 1U : 0U);
      ASSERT_EQ(read_bits(bytes, at, count), expected) << count << " bits at " << at;
    }
  }
}

TEST(BitString, CopiesEveryLengthFromEveryBitInEitherPolarity) {
  std::mt19937 random(33);
  const Bytes bytes = random_bytes(random, 300);
  const Bits bits = to_bits(bytes);
  for (std::size_t at = 0; at < 17; ++at) {
    for (std::size_t count = 0; at + count <= bits.size(); ++count) {
      Bits expected = stretch(bits, at, count);
      Bytes copy((count + 7) / 8, 0x5A);
      copy_bits(bytes, at, count, false, copy);
      ASSERT_EQ(copy, to_bytes(expected)) << count << " bits at " << at;
      expected.flip();
      copy_bits(bytes, at, count, true, copy);
      ASSERT_EQ(copy, to_bytes(expected)) << count << " bits at " << at << ", inverted";
    }
  }
}

}  // namespace
}  // namespace dl::link::testing
