#include <algorithm>
#include <array>
#include <bit>
#include <cassert>

#include "link/kernels/marker_search.h"
#include "link/sync/bit_string.h"

namespace dl::link {
namespace {

constexpr std::uint64_t low_bits(unsigned count) {
  return ~std::uint64_t{0} >> (64 - count);
}

// With fewer bits counted, too many positions of noise pass for one vector to be free of them.
unsigned bits_worth_counting(unsigned bits, unsigned errors) {
  const unsigned enough = errors <= 2 ? 24 : errors <= 4 ? 32 : 64;
  return bits >= 64 ? enough : std::min(bits / 8 * 8, std::min(enough, 32U));
}

// In noise less than one byte in twenty passes.
bool nibbles_suffice(unsigned bits, unsigned errors) {
  constexpr std::array<unsigned, 4> kLeastBits = {16, 20, 24, 32};  // by errors
  return errors < kLeastBits.size() && bits >= kLeastBits[errors];
}

// Of the marker that starts `start` bits into a byte: the `count` bits that begin with the next byte.
unsigned inside(const MarkerPattern& pattern, unsigned start, unsigned count) {
  return static_cast<unsigned>((pattern.marker >> (pattern.bits - (8 - start) - count)) & low_bits(count));
}

// What the nibble of this number in the stream is where the marker starts `start` bits into the stream, and which of
// its bits are the marker's.
struct ExpectedNibble {
  unsigned value = 0;
  unsigned care = 0;

  // Upright or upside down.
  [[nodiscard]] bool fits(unsigned nibble) const {
    const unsigned differs = (nibble ^ value) & care;
    return differs == 0 || differs == care;
  }
};
ExpectedNibble expected_nibble(const MarkerPattern& pattern, unsigned start, unsigned nibble) {
  ExpectedNibble expected;
  for (unsigned place = 4 * nibble; place < 4 * nibble + 4; ++place) {
    const bool inside = place >= start && place - start < pattern.bits;
    expected.care = expected.care << 1 | (inside ? 1U : 0U);
    expected.value = expected.value << 1 | (inside && pattern.bit(place - start) ? 1U : 0U);
  }
  return expected;
}

// Sets `bit` for every value that differs from `value` in up to `errors` of its `width` lowest bits.
void mark_within(std::vector<std::uint8_t>& sieve, std::uint64_t value, unsigned width, unsigned errors,
                 std::uint8_t bit) {
  sieve[value] |= bit;
  if (errors == 0) return;
  for (unsigned i = 0; i < width; ++i) mark_within(sieve, value ^ (std::uint64_t{1} << i), i, errors - 1, bit);
}

}  // namespace

MarkerPattern::MarkerPattern(std::uint64_t marker_value, unsigned marker_bits, unsigned errors_allowed)
    : marker(marker_value & low_bits(marker_bits)),
      bits(marker_bits),
      errors(errors_allowed),
      sieve_bytes(marker_bits >= 24 ? 2 : 1),
      by_nibbles(nibbles_suffice(marker_bits, errors_allowed)),
      counted_bits(bits_worth_counting(marker_bits, errors_allowed)) {
  assert(bits >= 16 && bits <= 64);
  if (!by_nibbles) return;
  for (unsigned start = 0; start < 8; ++start) {
    for (unsigned nibble = 0; nibble < 2 * kNibbleBytes; ++nibble) {
      const ExpectedNibble expected = expected_nibble(*this, start, nibble);
      auto& misses = nibble_misses[nibble / 2][nibble % 2];
      for (unsigned value = 0; value < 16; ++value)
        misses[value] |= static_cast<std::uint8_t>((expected.fits(value) ? 0U : 1U) << start);
    }
  }
}

void MarkerPattern::make_sieve() {
  sieve.assign(std::size_t{1} << (8 * sieve_bytes), 0);
  const unsigned width = 8 * sieve_bytes;
  for (unsigned start = 0; start < 8; ++start) {
    const auto bit = static_cast<std::uint8_t>(1U << start);
    const unsigned expected = inside(*this, start, width);
    mark_within(sieve, expected, width, errors, bit);
    mark_within(sieve, ~expected & low_bits(width), width, errors, bit);
  }
}

bool MarkerPattern::matches(ByteView bytes, std::size_t bit) const {
  const auto distance = static_cast<unsigned>(std::popcount(read_bits(bytes, bit, bits) ^ marker));
  return distance <= errors || bits - distance <= errors;
}

std::size_t find_marker_scalar(const MarkerPattern& pattern, ByteView bytes, std::size_t from, std::size_t to) {
  if (bytes.size() * 8 < pattern.bits) return to;
  const std::size_t last = std::min(to, bytes.size() * 8 - pattern.bits + 1);
  for (std::size_t byte = from / 8; byte * 8 < last; ++byte) {
    const std::size_t value = pattern.sieve_bytes == 2 ? read_u16(bytes, byte + 1) : bytes[byte + 1];
    for (unsigned starts = pattern.sieve[value]; starts != 0; starts &= starts - 1) {
      const std::size_t bit = byte * 8 + static_cast<unsigned>(std::countr_zero(starts));
      if (bit >= from && bit < last && pattern.matches(bytes, bit)) return bit;
    }
  }
  return to;
}

}  // namespace dl::link
