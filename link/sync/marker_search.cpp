#include "link/sync/marker_search.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "link/sync/bit_string.h"

namespace dl::link {
namespace {

constexpr std::uint64_t low_bits(unsigned count) {
  return ~std::uint64_t{0} >> (64 - count);
}

}  // namespace

MarkerSearch::MarkerSearch(std::uint64_t marker, unsigned marker_bits, unsigned errors)
    : marker_(marker & low_bits(marker_bits)),
      bits_(marker_bits),
      errors_(errors),
      sieve_bytes_(marker_bits >= 24 ? 2 : 1),
      sieve_(std::size_t{1} << (8 * sieve_bytes_)) {
  assert(marker_bits >= 16 && marker_bits <= 64);
  const auto width = static_cast<unsigned>(8 * sieve_bytes_);
  for (unsigned start = 0; start < 8; ++start) {
    const auto inside = static_cast<unsigned>((marker_ >> (bits_ - (8 - start) - width)) & low_bits(width));
    for (unsigned value = 0; value < sieve_.size(); ++value) {
      const auto distance = static_cast<unsigned>(std::popcount(value ^ inside));
      if (distance <= errors_ || width - distance <= errors_) sieve_[value] |= static_cast<std::uint8_t>(1U << start);
    }
  }
}

std::optional<MarkerSearch::Match> MarkerSearch::match_at(ByteView bytes, std::size_t bit) const {
  const auto distance = static_cast<unsigned>(std::popcount(read_bits(bytes, bit, bits_) ^ marker_));
  if (distance <= errors_) return Match{bit, distance, false};
  if (bits_ - distance <= errors_) return Match{bit, bits_ - distance, true};
  return std::nullopt;
}

std::optional<MarkerSearch::Match> MarkerSearch::find(ByteView bytes, std::size_t from, std::size_t to) const {
  if (bytes.size() * 8 < bits_) return std::nullopt;
  to = std::min(to, bytes.size() * 8 - bits_ + 1);
  for (std::size_t byte = from / 8; byte * 8 < to; ++byte) {
    const std::size_t value = sieve_bytes_ == 2 ? read_u16(bytes, byte + 1) : bytes[byte + 1];
    for (unsigned starts = sieve_[value]; starts != 0; starts &= starts - 1) {
      const std::size_t bit = byte * 8 + static_cast<unsigned>(std::countr_zero(starts));
      if (bit < from || bit >= to) continue;
      if (auto match = match_at(bytes, bit)) return match;
    }
  }
  return std::nullopt;
}

}  // namespace dl::link
