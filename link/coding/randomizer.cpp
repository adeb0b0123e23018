#include "link/coding/randomizer.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <cstring>

namespace dl::link {
namespace {

// A shift register that holds the next bits of the sequence, the very next one in bit 0. Bit i of `taps`: s[n + i] is
// one of the terms of s[n + degree].
struct ShiftRegister {
  std::uint32_t taps = 0;
  unsigned degree = 0;
  std::uint32_t state = 0;

  constexpr Byte next_byte() {
    unsigned value = 0;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value << 1) | (state & 1);
      unsigned next = 0;
      for (std::uint32_t terms = state & taps; terms != 0; terms &= terms - 1) next ^= 1;
      state = (state >> 1) | (next << (degree - 1));
    }
    return static_cast<Byte>(value);
  }
};

// h(x) = x^8 + x^7 + x^5 + x^3 + 1, all ones at the start.
constexpr ShiftRegister kShort = {0b10101001, 8, 0xFF};
// CCSDS 131.0-B-5 10.4.1: h(x) = x^17 + x^14 + 1, preset 1 1000 1110 0011 1000, its last bit coming out first. The note
// in 10.4.3 prints the first 40 bits: 1C 71 B9 1B A9.
constexpr ShiftRegister kLong = {1U << 14 | 1, 17, 0x18E38};

constexpr std::array<Byte, kShortRandomizerPeriodBytes> make_short_sequence() {
  std::array<Byte, kShortRandomizerPeriodBytes> sequence{};
  ShiftRegister shift_register = kShort;
  for (Byte& byte : sequence) byte = shift_register.next_byte();
  return sequence;
}

constexpr auto kSequence = make_short_sequence();
static_assert(kSequence[0] == 0xFF && kSequence[1] == 0x48 && kSequence[2] == 0x0E && kSequence[3] == 0xC0);

}  // namespace

ByteView randomizer_sequence() {
  return kSequence;
}

Bytes randomizer_mask(Randomizer randomizer, std::size_t offset_bytes, std::size_t size_bytes) {
  Bytes mask(size_bytes, 0);
  if (randomizer == Randomizer::none) return mask;
  ShiftRegister shift_register = randomizer == Randomizer::ccsds_255 ? kShort : kLong;
  for (std::size_t i = offset_bytes; i < size_bytes; ++i) mask[i] = shift_register.next_byte();
  return mask;
}

void add_mask(std::span<Byte> bytes, ByteView mask) {
  assert(mask.size() >= bytes.size());
  std::size_t i = 0;
  for (; i + sizeof(std::uint64_t) <= bytes.size(); i += sizeof(std::uint64_t)) {
    std::uint64_t value = 0;
    std::uint64_t added = 0;
    std::memcpy(&value, bytes.data() + i, sizeof value);
    std::memcpy(&added, mask.data() + i, sizeof added);
    value ^= added;
    std::memcpy(bytes.data() + i, &value, sizeof value);
  }
  for (; i < bytes.size(); ++i) bytes[i] ^= mask[i];
}

void apply_randomizer(std::span<Byte> codeblock) {
  for (std::size_t start = 0; start < codeblock.size(); start += kSequence.size()) {
    const std::size_t count = std::min(kSequence.size(), codeblock.size() - start);
    add_mask(codeblock.subspan(start, count), kSequence);
  }
}

}  // namespace dl::link
