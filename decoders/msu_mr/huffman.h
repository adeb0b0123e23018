// The Huffman codes of JPEG luminance (ITU-T T.81, annex K.3) and its coding of coefficients (annex F.2).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/bit_reader.h"

namespace dl::decoders::msu_mr {

// Quantised coefficients of an 8 x 8 block in zigzag order; the first is the difference to the block before.
using ZigzagCoefficients = std::array<std::int16_t, 64>;

// Empty when the bits are no code, run past the 64th coefficient or past the end: the stream cannot be followed
// further.
std::optional<ZigzagCoefficients> read_block(BitReader& bits);

}  // namespace dl::decoders::msu_mr
