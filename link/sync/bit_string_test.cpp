#include "link/sync/bit_string.h"

#include <utility>

#include <gtest/gtest.h>

#include "core/kernel_choice.h"
#include "link/kernels/bit_shift.h"
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

TEST(BitString, EveryKernelShiftsAlike) {
  std::mt19937 random(34);
  for (std::size_t size = 0; size < 400; ++size) {
    const auto shift = static_cast<unsigned>(below(random, 8));
    const Bytes in = random_bytes(random, size + (shift == 0 ? 0 : 1));
    const Byte flip = random() % 2 == 0 ? 0 : 0xFF;
    // One byte more on either side, which must stay.
    Bytes expected(size + 2, 0x5A);
    bit_shift_scalar(in.data(), shift, flip, expected.data() + 1, size);
    for (std::size_t i = 0; i < size; ++i) {
      ASSERT_EQ(expected[i + 1], read_bits(in, 8 * i + shift, 8) ^ flip);
    }
#if defined(__x86_64__)
    for (const auto& [kernel, shift_with] :
         {std::pair{Kernel::avx2, &bit_shift_avx2}, std::pair{Kernel::avx512_gfni, &bit_shift_avx512}}) {
      if (!can_run(kernel)) continue;
      Bytes out(size + 2, 0x5A);
      shift_with(in.data(), shift, flip, out.data() + 1, size);
      EXPECT_EQ(out, expected) << to_string(kernel) << ", " << size << " bytes by " << shift;
    }
#endif
  }
}

}  // namespace
}  // namespace dl::link::testing
