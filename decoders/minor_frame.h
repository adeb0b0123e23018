// What stands in every minor frame of TIP and AIP (NOAA KLM User's Guide 4.1): when it was made, and which it is.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/time.h"
#include "link/packet.h"

namespace dl::decoders {

// TIP and AIP send ten minor frames a second; 320 of TIP and 80 of AIP are a major frame.
inline constexpr Milliseconds kMinorFramePeriod{100};
inline constexpr std::uint16_t kTipFrames = 320;
inline constexpr std::uint16_t kAipFrames = 80;
// TIP counts in the lowest bit of octet 4 and in octet 5; AIP in octet 7, as SatDump (mhs_reader.cpp) and
// LeanHRPT-Decode (aip.h) read it.
inline constexpr std::size_t kTipCounterOctet = 4;
inline constexpr std::size_t kAipCounterOctet = 7;

// Of a packet of kind tip_frame. By the time code of the HRPT minor frame around it, which has no year: of the years
// around `reference`, the one that brings the time nearest to it. AIP stands in the third minor frame of HRPT; that it
// is of the same half second as TIP, in the first, is what we take, not what we have read.
UtcTime minor_frame_time(const link::Packet& packet, UtcTime reference);

// The place in the major frame, and how many there are; a counter beyond is wrong.
std::uint16_t minor_frame_counter(const link::Packet& packet);
std::uint16_t minor_frames_in_major_frame(std::uint16_t apid);

}  // namespace dl::decoders
