// The pseudo-randomizers of CCSDS 131.0-B section 10: adding a sequence twice is no change, so the same function
// randomizes and derandomizes.
#pragma once

#include <span>

#include "core/bytes.h"
#include "link/profile.h"

namespace dl::link {

// A sequence of n bits repeats after n bytes.
inline constexpr std::size_t kShortRandomizerPeriodBytes = 255;
inline constexpr std::size_t kLongRandomizerPeriodBytes = 131071;

// The 255-bit sequence (CCSDS 131.0-B-3 10.4.1; B-5 10.4.2 keeps it for systems that have it), h(x) = x^8 + x^7 + x^5 +
// x^3 + 1, from its start: FF 48 0E C0 9A 0D 70 BC …
ByteView randomizer_sequence();

// What is added to `size_bytes` bytes that follow a marker: `offset_bytes` zero bytes, then the sequence from its
// start; all zero for Randomizer::none.
Bytes randomizer_mask(Randomizer randomizer, std::size_t offset_bytes, std::size_t size_bytes);

// bytes ^= mask. `mask` is as long as `bytes` or longer.
void add_mask(std::span<Byte> bytes, ByteView mask);

// Adds the 255-bit sequence, from its start, to the codeblock that follows a marker.
void apply_randomizer(std::span<Byte> codeblock);

}  // namespace dl::link
