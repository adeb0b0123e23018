// The pseudo-randomizer of CCSDS 131.0-B (10.4.1, "255-bit" sequence): adding it twice is no change, so the same
// function randomizes and derandomizes.
#pragma once

#include <span>

#include "core/bytes.h"

namespace dl::link {

inline constexpr std::size_t kRandomizerPeriodBytes =
    255;  // the sequence repeats after 255 bits, hence after 255 bytes

// The sequence from its start: FF 48 0E C0 9A 0D 70 BC …
ByteView randomizer_sequence();

// Adds the sequence, from its start, to the codeblock that follows a marker.
void apply_randomizer(std::span<Byte> codeblock);

}  // namespace dl::link
