#include "decoders/msu_mr/huffman.h"

#include <algorithm>
#include <cstddef>
#include <span>

namespace dl::decoders::msu_mr {

namespace {

constexpr unsigned kLongestCode = 16;

// Numbers of codes of 1 to 16 bits, and the symbols in the order of their codes.
// T.81 table K.3: DC differences, the symbol is the number of bits that follow.
constexpr std::array<std::uint8_t, kLongestCode> kDcLengths = {0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0};
constexpr std::array<std::uint8_t, 12> kDcSymbols = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
// T.81 table K.5: AC coefficients, the symbol is (zeros before) * 16 + number of bits that follow.
constexpr std::array<std::uint8_t, kLongestCode> kAcLengths = {0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125};
constexpr std::array<std::uint8_t, 162> kAcSymbols = {
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71,
    0x14, 0x32, 0x81, 0x91, 0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52, 0xD1, 0xF0, 0x24, 0x33, 0x62, 0x72,
    0x82, 0x09, 0x0A, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x34, 0x35, 0x36, 0x37,
    0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59,
    0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x83,
    0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3,
    0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3,
    0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE1, 0xE2,
    0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 0xF9, 0xFA};
constexpr unsigned kEndOfBlock = 0x00;
constexpr unsigned kSixteenZeros = 0xF0;

struct Code {
  std::span<const std::uint8_t, kLongestCode> lengths;
  std::span<const std::uint8_t> symbols;
};
constexpr Code kDc{kDcLengths, kDcSymbols};
constexpr Code kAc{kAcLengths, kAcSymbols};

// Codes of one length are consecutive numbers, and the next length goes on from the doubled successor (T.81 annex C).
std::optional<unsigned> read_symbol(const Code& code, BitReader& bits) {
  const std::uint32_t window = bits.peek(kLongestCode);
  std::uint32_t first = 0;
  std::size_t symbol = 0;
  for (unsigned length = 1; length <= kLongestCode; ++length) {
    const std::uint32_t count = code.lengths[length - 1];
    const std::uint32_t candidate = window >> (kLongestCode - length);
    if (candidate < first + count) {
      bits.skip(length);
      return code.symbols[symbol + (candidate - first)];
    }
    symbol += count;
    first = (first + count) << 1;
  }
  return std::nullopt;
}

// T.81 F.2.2.1: a leading 0 bit means a negative number.
std::int16_t read_signed(BitReader& bits, unsigned length) {
  if (length == 0) return 0;
  const auto value = static_cast<std::int32_t>(bits.take(length));
  const std::int32_t half = 1 << (length - 1);
  return static_cast<std::int16_t>(value >= half ? value : value - 2 * half + 1);
}

}  // namespace

std::optional<ZigzagCoefficients> read_block(BitReader& bits) {
  ZigzagCoefficients coefficients{};
  const auto dc_length = read_symbol(kDc, bits);
  if (!dc_length) return std::nullopt;
  coefficients[0] = read_signed(bits, *dc_length);
  for (std::size_t i = 1; i < coefficients.size(); ++i) {
    const auto symbol = read_symbol(kAc, bits);
    if (!symbol || bits.overrun()) return std::nullopt;
    if (*symbol == kEndOfBlock) break;
    i += *symbol >> 4;
    if (i >= coefficients.size()) return std::nullopt;
    if (*symbol != kSixteenZeros) coefficients[i] = read_signed(bits, *symbol & 0x0FU);
  }
  if (bits.overrun()) return std::nullopt;
  return coefficients;
}

}  // namespace dl::decoders::msu_mr
