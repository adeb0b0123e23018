// The inverse of decoders/aip_assembler.h, for the simulator and for tests.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/bytes.h"
#include "decoders/aip_assembler.h"
#include "link/frames/hrpt_words.h"

namespace dl::decoders {

using AipMajorFrame = std::array<link::TipFrame, kAipFrames>;

// The minor frames with their counters, and fill in the octets of AMSU-A.
AipMajorFrame make_aip_major_frame(std::uint8_t spacecraft_address);

// Writes a science packet of the unit. Of synchronised_words its first two words become the synchronisation, the others
// are even; fill stands between them as long as there is any. `place` is the index into unit.places; otherwise 0.
void put_science(const AipUnit& unit, std::size_t place, ByteView science, AipMajorFrame& frame);

}  // namespace dl::decoders
