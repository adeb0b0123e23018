// The search for markers in terms of vectors of bytes. Included behind the target pragma of the one file for each set
// of instructions, with its own `Vector`, so that every function here is that file's own:
//
//   kLanes                                bytes of a vector
//   load, store, all(value)
//   select(mask, a, b)                    a where the mask is set
//   table(values), look_up(table, index)  of 16 bytes, by the low four bits of each byte
//   shifted_left, shifted_right           of 16-bit words
//   sum, carry                            of three addends a lane
//   or_and(a, b, c)                       a | (b & c)
//   any                                   bit i set where byte i is not zero
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "link/kernels/marker_search.h"

namespace dl::link {
namespace {

// Bit after bit, for the few bytes that fill no vector.
inline std::size_t find_stepping(const MarkerPattern& pattern, ByteView bytes, std::size_t from, std::size_t last) {
  if (from >= last) return last;
  std::uint64_t window = 0;  // what has left it is shifted out of the comparison
  for (std::size_t bit = from; bit < from + pattern.bits - 1; ++bit)
    window = window << 1 | (bytes[bit / 8] >> (7 - bit % 8) & 1U);
  for (std::size_t bit = from; bit < last; ++bit) {
    const std::size_t newest = bit + pattern.bits - 1;
    window = window << 1 | (bytes[newest / 8] >> (7 - newest % 8) & 1U);
    const auto distance = static_cast<unsigned>(__builtin_popcountll((window ^ pattern.marker) << (64 - pattern.bits)));
    if (distance <= pattern.errors || pattern.bits - distance <= pattern.errors) return bit;
  }
  return last;
}

// For the nibbles of kBytes bytes of the stream, from number kFirst behind the one that a match starts in.
template <class Vector, unsigned kErrors, unsigned kFirst, unsigned kBytes>
class NibbleSieve {
 public:
  // How many bytes behind a vector's own are read.
  static constexpr std::size_t kReadBehindBytes = kFirst + kBytes - 1;

  explicit NibbleSieve(const MarkerPattern& pattern) {
    for (unsigned i = 0; i < kBytes; ++i) {
      high_[i] = Vector::table(pattern.nibble_misses[kFirst + i][0]);
      low_[i] = Vector::table(pattern.nibble_misses[kFirst + i][1]);
    }
  }

  // Per byte the phases of a match with no more than kErrors wrong nibbles, one bit a phase.
  [[nodiscard]] Vector phases(const Byte* bytes) const {
    const Vector nibble = Vector::all(15);
    std::array<Vector, kErrors + 1> more_than;  // so many wrong nibbles
    more_than.fill(Vector::all(0));
    for (unsigned i = 0; i < kBytes; ++i) {
      const Vector stream = Vector::load(bytes + kFirst + i);
      add(look_up(high_[i], stream.template shifted_right<4>() & nibble), more_than);
      add(look_up(low_[i], stream & nibble), more_than);
    }
    return more_than[kErrors] ^ Vector::all(0xFF);
  }

 private:
  static void add(Vector misses, std::array<Vector, kErrors + 1>& more_than) {
    for (unsigned i = kErrors; i > 0; --i) more_than[i] = or_and(more_than[i], more_than[i - 1], misses);
    more_than[0] = more_than[0] | misses;
  }

  std::array<Vector, kBytes> high_;
  std::array<Vector, kBytes> low_;
};

template <class Vector, class Sieve>
std::size_t find_by_nibbles(const MarkerPattern& pattern, ByteView bytes, std::size_t from, std::size_t last) {
  const Sieve sieve(pattern);
  std::size_t byte = from / 8;
  for (; byte * 8 < last && byte + Vector::kLanes + Sieve::kReadBehindBytes <= bytes.size(); byte += Vector::kLanes) {
    const Vector found = sieve.phases(bytes.data() + byte);
    std::uint64_t lanes = any(found);
    if (lanes == 0) continue;
    std::array<std::uint8_t, Vector::kLanes> starts;
    found.store(starts.data());
    for (; lanes != 0; lanes &= lanes - 1) {
      const auto lane = static_cast<std::size_t>(std::countr_zero(lanes));
      for (unsigned rest = starts[lane]; rest != 0; rest &= rest - 1) {
        const std::size_t bit = (byte + lane) * 8 + static_cast<unsigned>(std::countr_zero(rest));
        if (bit >= from && bit < last && pattern.matches(bytes, bit)) return bit;
      }
    }
  }
  return find_stepping(pattern, bytes, std::max(from, byte * 8), last);
}

template <class Vector>
std::size_t find_by_nibbles(const MarkerPattern& pattern, ByteView bytes, std::size_t from, std::size_t last) {
  constexpr unsigned kAll = MarkerPattern::kNibbleBytes;
  switch (pattern.errors) {
    case 0:
      // Wherever a marker of 32 bits starts, three whole bytes of it follow: they are enough.
      if (pattern.bits >= 32) return find_by_nibbles<Vector, NibbleSieve<Vector, 0, 1, 3>>(pattern, bytes, from, last);
      return find_by_nibbles<Vector, NibbleSieve<Vector, 0, 0, kAll>>(pattern, bytes, from, last);
    case 1:
      return find_by_nibbles<Vector, NibbleSieve<Vector, 1, 0, kAll>>(pattern, bytes, from, last);
    case 2:
      return find_by_nibbles<Vector, NibbleSieve<Vector, 2, 0, kAll>>(pattern, bytes, from, last);
    default:
      return find_by_nibbles<Vector, NibbleSieve<Vector, 3, 0, kAll>>(pattern, bytes, from, last);
  }
}

// The stream from each of the eight bits of a byte on, upright and upside down.
template <class Vector>
class ShiftedBlock {
 public:
  static constexpr std::size_t kMostBytes = 1024;  // all copies of a block stay in the first level cache
  static constexpr std::size_t kReadBehindBytes = Vector::kLanes + 1;

  // Of `size_bytes` bytes and as many behind them as a marker is long. Reads kReadBehindBytes more than size_bytes.
  void fill(const Byte* bytes, std::size_t size_bytes) {
    for (std::size_t i = 0; i < size_bytes + Vector::kLanes; i += Vector::kLanes) {
      const Vector here = Vector::load(bytes + i);
      const Vector next = Vector::load(bytes + i + 1);
      put<0>(here, next, i);
      put<1>(here, next, i);
      put<2>(here, next, i);
      put<3>(here, next, i);
      put<4>(here, next, i);
      put<5>(here, next, i);
      put<6>(here, next, i);
      put<7>(here, next, i);
    }
  }

  // Whose bits are set where the stream differs from the marker's bit of this number.
  [[nodiscard]] const Byte* difference(unsigned index, bool bit) const {
    return streams_[bit ? 1 : 0][index % 8].data() + index / 8;
  }

 private:
  template <int kShift>
  void put(Vector here, Vector next, std::size_t at) {
    const Vector keep = Vector::all(static_cast<std::uint8_t>(0xFF << kShift));
    const Vector stream = select(keep, here.template shifted_left<kShift>(), next.template shifted_right<8 - kShift>());
    stream.store(streams_[0][kShift].data() + at);
    (stream ^ Vector::all(0xFF)).store(streams_[1][kShift].data() + at);
  }

  alignas(64) std::array<std::array<std::array<Byte, kMostBytes + Vector::kLanes>, 8>, 2> streams_;
};

// How many of the first bits of the marker, kBytes times eight, differ at each bit position of a vector, digit by
// digit.
template <class Vector, unsigned kBytes>
class DifferenceCounter {
 public:
  DifferenceCounter(const MarkerPattern& pattern, const ShiftedBlock<Vector>& block)
      : most_(pattern.errors), least_(8 * kBytes - pattern.errors) {
    for (unsigned i = 0; i < 8 * kBytes; ++i) differences_[i] = block.difference(i, pattern.bit(i));
  }

  // Per byte of the block from `offset` on the phases at which the count is small or large enough, phase 0 in the
  // highest bit.
  [[nodiscard]] Vector within(std::size_t offset) const {
    std::array<Vector, kDigits> count;
    count.fill(Vector::all(0));
    for (unsigned byte = 0; byte < kBytes; ++byte) add_byte(byte, offset, count);
    Vector upright = Vector::all(0xFF);  // count <= most_
    Vector inverted = upright;           // count >= least_
    for (unsigned digit = 0; digit < kDigits; ++digit) {
      const Vector zero = count[digit] ^ Vector::all(0xFF);
      upright = (most_ >> digit & 1) != 0 ? zero | upright : zero & upright;
      inverted = (least_ >> digit & 1) != 0 ? count[digit] & inverted : count[digit] | inverted;
    }
    return upright | inverted;
  }

 private:
  static constexpr unsigned kDigits = std::bit_width(8 * kBytes);

  void add_byte(unsigned byte, std::size_t offset, std::array<Vector, kDigits>& count) const {
    const auto bit = [&](unsigned i) { return Vector::load(differences_[8 * byte + i] + offset); };
    const Vector b0 = bit(0), b1 = bit(1), b2 = bit(2), b3 = bit(3), b4 = bit(4), b5 = bit(5), b6 = bit(6), b7 = bit(7);
    const Vector ones_a = sum(count[0], b0, b1);
    const Vector ones_b = sum(ones_a, b2, b3);
    const Vector ones_c = sum(ones_b, b4, b5);
    const Vector twos_a = sum(count[1], carry(count[0], b0, b1), carry(ones_a, b2, b3));
    const Vector twos_b_1 = carry(ones_b, b4, b5);
    const Vector twos_b_2 = carry(ones_c, b6, b7);
    const Vector fours_1 = carry(count[1], carry(count[0], b0, b1), carry(ones_a, b2, b3));
    const Vector fours_2 = carry(twos_a, twos_b_1, twos_b_2);
    Vector eights = carry(count[2], fours_1, fours_2);
    count[0] = sum(ones_c, b6, b7);
    count[1] = sum(twos_a, twos_b_1, twos_b_2);
    count[2] = sum(count[2], fours_1, fours_2);
    for (unsigned digit = 3; digit < kDigits; ++digit) {
      const Vector before = count[digit];
      count[digit] = before ^ eights;
      eights = before & eights;
    }
  }

  unsigned most_;
  unsigned least_;
  std::array<const Byte*, 8 * kBytes> differences_;
};

template <class Vector, unsigned kBytes>
std::size_t find_counting(const MarkerPattern& pattern, ByteView bytes, std::size_t from, std::size_t last) {
  using Block = ShiftedBlock<Vector>;
  Block block;
  const DifferenceCounter<Vector, kBytes> counter(pattern, block);
  std::size_t byte = from / 8;
  const auto fits = [&](std::size_t size) { return byte + size + Block::kReadBehindBytes <= bytes.size(); };
  // Small blocks first: where matches are dense, each is found by a call of its own.
  for (std::size_t size = Vector::kLanes; byte * 8 < last && fits(size);) {
    block.fill(bytes.data() + byte, size);
    for (std::size_t offset = 0; offset < size; offset += Vector::kLanes) {
      const Vector found = counter.within(offset);
      std::uint64_t lanes = any(found);
      if (lanes == 0) continue;
      std::array<std::uint8_t, Vector::kLanes> starts;
      found.store(starts.data());
      for (; lanes != 0; lanes &= lanes - 1) {
        const auto lane = static_cast<std::size_t>(std::countr_zero(lanes));
        for (unsigned phase = 0; phase < 8; ++phase) {
          const std::size_t bit = (byte + offset + lane) * 8 + phase;
          if ((starts[lane] >> (7 - phase) & 1) == 0 || bit < from || bit >= last) continue;
          if (pattern.matches(bytes, bit)) return bit;
        }
      }
    }
    byte += size;
    if (size < Block::kMostBytes) size *= 2;
    while (size > Vector::kLanes && !fits(size)) size /= 2;
  }
  return find_stepping(pattern, bytes, std::max(from, byte * 8), last);
}

template <class Vector>
std::size_t find_counting(const MarkerPattern& pattern, ByteView bytes, std::size_t from, std::size_t last) {
  switch (pattern.counted_bits / 8) {
    case 2:
      return find_counting<Vector, 2>(pattern, bytes, from, last);
    case 3:
      return find_counting<Vector, 3>(pattern, bytes, from, last);
    case 4:
      return find_counting<Vector, 4>(pattern, bytes, from, last);
    default:
      return find_counting<Vector, 8>(pattern, bytes, from, last);
  }
}

template <class Vector>
std::size_t find_marker(const MarkerPattern& pattern, ByteView bytes, std::size_t from, std::size_t to) {
  if (bytes.size() * 8 < pattern.bits || from >= to) return to;
  const std::size_t last = std::min(to, bytes.size() * 8 - pattern.bits + 1);
  const std::size_t found = pattern.by_nibbles ? find_by_nibbles<Vector>(pattern, bytes, from, last)
                                               : find_counting<Vector>(pattern, bytes, from, last);
  return found >= last ? to : found;
}

}  // namespace
}  // namespace dl::link
