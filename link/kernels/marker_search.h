// The inner loop of the search for an attached sync marker at every bit position and in either polarity.
//
// Two methods. By nibbles: every nibble of the stream says, for all eight phases and both polarities at once, whether a
// marker may have it there. A match with so many bit errors has no more wrong nibbles than that; what passes is
// compared in full. With many errors, or in a short marker, too much would pass: then bits are counted. Every lane is a
// bit position, the stream is compared with the marker's bits one by one, and carry save adders sum the differences of
// all lanes side by side. Positions whose sum over the marker's leading whole bytes is within the errors are compared
// in full.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/bytes.h"

namespace dl::link {

// A marker prepared for every kernel, but for the sieve.
struct MarkerPattern {
  // `marker` right-aligned, `bits` 16 to 64; a match differs from it, or from its complement, in up to `errors` bits.
  MarkerPattern(std::uint64_t marker, unsigned bits, unsigned errors);

  // Only find_marker_scalar() needs it: 64 KiB, and with five errors 100,000 steps.
  void make_sieve();

  // Whether a match starts at this bit. It must be all within `bytes`.
  [[nodiscard]] bool matches(ByteView bytes, std::size_t bit) const;
  [[nodiscard]] bool bit(unsigned index) const { return ((marker >> (bits - 1 - index)) & 1) != 0; }

  std::uint64_t marker;
  unsigned bits;
  unsigned errors;

  // For the value of one whole byte (markers under 24 bits) or two of them in the stream, bit s is set if they can be
  // the inside of a match that starts s bits into the byte before. Empty until make_sieve().
  unsigned sieve_bytes;
  std::vector<std::uint8_t> sieve;

  // For the nibbles of the byte that a match starts in and of those behind it: [byte][high nibble first][value]. Bit s
  // is set if the value is wrong for one that starts s bits into the first byte.
  static constexpr unsigned kNibbleBytes = 5;
  std::array<std::array<std::array<std::uint8_t, 16>, 2>, kNibbleBytes> nibble_misses{};
  bool by_nibbles;  // they let through little enough

  // How many of the marker's leading bits are counted; a multiple of 8.
  unsigned counted_bits;
};

// The first bit position from `from` on and before `to` at which a match starts that is all within `bytes`; `to` if
// there is none. Every kernel gives the same.
using MarkerSearchKernel = std::size_t (*)(const MarkerPattern& pattern, ByteView bytes, std::size_t from,
                                           std::size_t to);

// The pattern has its sieve.
std::size_t find_marker_scalar(const MarkerPattern& pattern, ByteView bytes, std::size_t from, std::size_t to);
// Only where the processor has AVX2; AVX-512 F and BW.
std::size_t find_marker_avx2(const MarkerPattern& pattern, ByteView bytes, std::size_t from, std::size_t to);
std::size_t find_marker_avx512(const MarkerPattern& pattern, ByteView bytes, std::size_t from, std::size_t to);

}  // namespace dl::link
