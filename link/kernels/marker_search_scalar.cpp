#include <algorithm>
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

// Of the marker that starts `start` bits into a byte: `count` bits that begin `skipped` whole bytes behind that one.
unsigned inside(const MarkerPattern& pattern, unsigned start, unsigned skipped, unsigned count) {
  const unsigned before = (8 - start) + 8 * skipped;
  return static_cast<unsigned>((pattern.marker >> (pattern.bits - before - count)) & low_bits(count));
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
      sieve(std::size_t{1} << (8 * sieve_bytes)),
      exact(errors_allowed == 0 && marker_bits >= 8 + 8 * kNibbleBytes),
      counted_bits(bits_worth_counting(marker_bits, errors_allowed)) {
  assert(bits >= 16 && bits <= 64);
  const unsigned width = 8 * sieve_bytes;
  for (unsigned start = 0; start < 8; ++start) {
    const auto bit = static_cast<std::uint8_t>(1U << start);
    const unsigned expected = inside(*this, start, 0, width);
    mark_within(sieve, expected, width, errors, bit);
    mark_within(sieve, ~expected & low_bits(width), width, errors, bit);
    for (unsigned byte = 0; exact && byte < kNibbleBytes; ++byte) {
      const unsigned value = inside(*this, start, byte, 8);
      for (const unsigned upright_or_not : {value, value ^ 0xFF}) {
        nibbles[byte][0][upright_or_not >> 4] |= bit;
        nibbles[byte][1][upright_or_not & 15] |= bit;
      }
    }
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
