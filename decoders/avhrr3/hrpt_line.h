// One minor frame of NOAA HRPT is one scan line of AVHRR/3 (NOAA KLM User's Guide, table 4.1.3-1; words in
// link/frames/hrpt_frame.h). It has no checksum: what noise does to counts shows in the pixels only.
#pragma once

#include <cstddef>

#include <tl/expected.hpp>

#include "core/bytes.h"
#include "core/loss_ledger.h"
#include "core/time.h"
#include "decoders/avhrr3/packet.h"
#include "link/packet.h"

namespace dl::decoders::avhrr3 {

inline constexpr std::size_t kHrptRampWord = 12;
inline constexpr std::size_t kHrptPrtWord = 17;
inline constexpr std::size_t kHrptPatchWord = 20;      // one, for the detector of channel 3
inline constexpr std::size_t kHrptBlackBodyWord = 22;  // ten samples of channels 3, 4 and 5
inline constexpr std::size_t kHrptSpaceWord = 52;      // ten samples of all five
inline constexpr std::size_t kHrptEarthWord = 750;

// Whether this is a minor frame at all: kind and length.
bool looks_like_hrpt_line(const link::Packet& packet);

// `frame` passed looks_like_hrpt_line. The year, which is not sent, is the one that brings the line nearest to `near`,
// so that New Year comes right on either side. Day 366 of a common year is 1 January: a clock not yet set back. Fails
// with packet_time when the time code cannot be, with idle when a test pattern takes the place of the scan.
tl::expected<ScanLine, DropReason> decode_hrpt_frame(ByteView frame, UtcTime near);

}  // namespace dl::decoders::avhrr3
