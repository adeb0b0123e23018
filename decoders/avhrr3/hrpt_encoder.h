// The inverse of decode_hrpt_frame, for the simulator and for round-trip tests.
#pragma once

#include "decoders/avhrr3/packet.h"
#include "link/frames/hrpt_words.h"

namespace dl::decoders::avhrr3 {

// Sets everything of AVHRR and the header; TIP and AIP are left alone. The time is cut to the millisecond.
void put_line(const ScanLine& line, link::HrptMinorFrameNumber number, std::uint8_t spacecraft_address,
              link::HrptWords& frame);

}  // namespace dl::decoders::avhrr3
