// When a TIP or AIP minor frame was made, by the time code of the HRPT minor frame around it, which has no year.
#pragma once

#include "core/time.h"
#include "link/packets/tip_splitter.h"

namespace dl::decoders {

// NOAA KLM User's Guide 4.1: TIP and AIP send ten minor frames a second.
inline constexpr Milliseconds kTipFramePeriod{100};

// Of the years around `reference`, the one that brings the time nearest to it.
UtcTime minor_frame_time(const link::TipPacket& packet, UtcTime reference);

}  // namespace dl::decoders
