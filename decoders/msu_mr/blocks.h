// The pixels of an image packet.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/bytes.h"
#include "decoders/msu_mr/packet.h"

namespace dl::decoders::msu_mr {

using Block = std::array<std::uint8_t, kBlockSize * kBlockSize>;  // [line][pixel]
using Blocks = std::array<Block, kBlocksPerPacket>;

// Decodes the 14 blocks of a packet; DC prediction starts anew with each packet. Empty when the code cannot be followed
// to the end or leaves more than the fill of the last 16-bit word over: then no block of the packet can be trusted.
// `quality` is 1 to 100.
std::optional<Blocks> decode_blocks(ByteView coded, unsigned quality);

}  // namespace dl::decoders::msu_mr
