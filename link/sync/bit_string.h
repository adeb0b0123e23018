// Bits that begin anywhere in a string of bytes, most significant bit first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/bytes.h"

namespace dl::link {

// `count` bits (1 to 64) that start `bit` bits into `bytes`, right-aligned. The bits must be there.
std::uint64_t read_bits(ByteView bytes, std::size_t bit, unsigned count);

// Copies `count` bits from the bit position on; `inverted` turns every one over. The bits must be there. `out` holds
// them: (count + 7) / 8 bytes, of which the last is filled up with zero bits.
void copy_bits(ByteView bytes, std::size_t bit, std::size_t count, bool inverted, std::span<Byte> out);

}  // namespace dl::link
