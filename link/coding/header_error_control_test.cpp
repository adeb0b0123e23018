#include "link/coding/header_error_control.h"

#include <gtest/gtest.h>

#include <array>

namespace dl::link {
namespace {

Bytes header_of(unsigned first_16_bits, unsigned signaling) {
  Bytes header = {static_cast<Byte>(first_16_bits >> 8),
                  static_cast<Byte>(first_16_bits),
                  0x12,
                  0x34,
                  0x56,
                  static_cast<Byte>(signaling),
                  0,
                  0};
  write_header_error_control(header);
  return header;
}

// Symbol 0 to 9 of the code: the nibbles of bytes 0, 1, 5, 6 and 7.
void add_to_symbol(Bytes& header, std::size_t symbol, unsigned value) {
  constexpr std::array<std::size_t, 5> kBytes = {0, 1, 5, 6, 7};
  header[kBytes[symbol / 2]] ^= static_cast<Byte>(symbol % 2 == 0 ? value << 4 : value);
}

// The known answers beside the recordings: ccsds-known-answers.
TEST(HeaderErrorControl, GivesTheKnownAnswers) {
  EXPECT_EQ(read_u16(header_of(0x4005, 0x00), 6), 0xB692U);
  EXPECT_EQ(read_u16(header_of(0x6756, 0x40), 6), 0x9521U);
  EXPECT_EQ(read_u16(header_of(0x0001, 0x80), 6), 0xB532U);
  EXPECT_EQ(read_u16(header_of(0xFFFF, 0xFF), 6), 0x6D0EU);
}

TEST(HeaderErrorControl, CorrectsEveryErrorOfOneOrTwoSymbols) {
  const Bytes good = header_of(0x6756, 0x40);
  Bytes header = good;
  EXPECT_EQ(correct_header(header), 0U);
  for (std::size_t first = 0; first < 10; ++first) {
    for (unsigned a = 1; a < 16; ++a) {
      header = good;
      add_to_symbol(header, first, a);
      ASSERT_EQ(correct_header(header), 1U);
      ASSERT_EQ(header, good);
      for (std::size_t second = first + 1; second < 10; ++second) {
        for (unsigned b = 1; b < 16; ++b) {
          header = good;
          add_to_symbol(header, first, a);
          add_to_symbol(header, second, b);
          ASSERT_EQ(correct_header(header), 2U);
          ASSERT_EQ(header, good);
        }
      }
    }
  }
}

// A distance of 5: three wrong symbols are never taken for a right header; they are refused, or "corrected" to another
// one at the rate at which words lie within two symbols of a codeword, (1 + 150 + 10125) / 16^4 = 16 %.
TEST(HeaderErrorControl, RefusesMostErrorsOfThreeSymbolsAndLeavesThem) {
  const Bytes good = header_of(0x4005, 0x00);
  unsigned refused = 0;
  unsigned all = 0;
  for (unsigned a = 1; a < 16; ++a) {
    for (unsigned b = 1; b < 16; ++b) {
      for (unsigned c = 1; c < 16; ++c, ++all) {
        Bytes header = good;
        add_to_symbol(header, 0, a);
        add_to_symbol(header, 3, b);
        add_to_symbol(header, 8, c);
        const Bytes before = header;
        const auto corrected = correct_header(header);
        ASSERT_NE(corrected, 0U);
        ASSERT_NE(header, good);
        if (corrected) continue;
        ASSERT_EQ(header, before);
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, all * 7 / 10);
}

TEST(HeaderErrorControl, LeavesTheCounterAlone) {
  Bytes header = header_of(0x6756, 0x40);
  header[3] ^= 0xFF;
  const Bytes before = header;
  EXPECT_EQ(correct_header(header), 0U);
  EXPECT_EQ(header, before);
}

}  // namespace
}  // namespace dl::link
