// What happens to a bit stream between a spacecraft and a disk, on purpose and repeatably.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "core/bytes.h"

namespace dl::sim {

struct Damage {
  double bit_error_rate = 0;                 // independent errors
  std::vector<std::uint64_t> lost_frames{};  // indices of CADUs that are left out, ascending
  std::uint32_t slips = 0;                   // single bits left out or doubled, at random places
  unsigned shift_bits = 0;                   // 0 to 7 bits in front of everything
  bool inverted = false;
  std::uint64_t seed = 1;
};

// What was really done, for a test to compare with what the receiver counted.
struct DamageDone {
  std::uint64_t bits_flipped = 0;
  std::uint64_t frames_lost = 0;
  std::uint64_t bits_removed = 0;
  std::uint64_t bits_doubled = 0;
};

// Applies `damage` to a stream of CADUs of `cadu_size_bytes`; the result need not be a whole number of them.
// The same seed does the same damage.
Bytes apply_damage(ByteView cadus, std::size_t cadu_size_bytes, const Damage& damage, DamageDone& done);

}  // namespace dl::sim
