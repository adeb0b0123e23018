#include "link/coding/randomizer.h"

#include <algorithm>
#include <array>

namespace dl::link {
namespace {

// h(x) = x^8 + x^7 + x^5 + x^3 + 1, all ones at the start: s[n+8] = s[n+7] + s[n+5] + s[n+3] + s[n].
constexpr std::array<Byte, kRandomizerPeriodBytes> make_sequence() {
  std::array<Byte, kRandomizerPeriodBytes> sequence{};
  unsigned window = 0xFF;  // s[n] in bit 0 … s[n+7] in bit 7
  for (Byte& byte : sequence) {
    unsigned value = 0;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value << 1) | (window & 1);
      const unsigned next = (window ^ (window >> 3) ^ (window >> 5) ^ (window >> 7)) & 1;
      window = (window >> 1) | (next << 7);
    }
    byte = static_cast<Byte>(value);
  }
  return sequence;
}

constexpr auto kSequence = make_sequence();
static_assert(kSequence[0] == 0xFF && kSequence[1] == 0x48 && kSequence[2] == 0x0E && kSequence[3] == 0xC0);

}  // namespace

ByteView randomizer_sequence() {
  return kSequence;
}

void apply_randomizer(std::span<Byte> codeblock) {
  for (std::size_t start = 0; start < codeblock.size(); start += kSequence.size()) {
    const std::size_t count = std::min(kSequence.size(), codeblock.size() - start);
    for (std::size_t i = 0; i < count; ++i) codeblock[start + i] ^= kSequence[i];
  }
}

}  // namespace dl::link
