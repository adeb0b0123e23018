// Frame error control field (FECF): CRC-16 over the whole transfer frame, in its last two bytes, most significant first
// (CCSDS 132.0-B 4.1.6, 732.0-B 4.1.6, 732.1-B annex B: polynomial x^16 + x^12 + x^5 + 1, start all ones).
#pragma once

#include <cstddef>
#include <span>

#include "core/bytes.h"

namespace dl::link {

inline constexpr std::size_t kFrameErrorControlBytes = 2;

// `frame` ends in its FECF. A frame too short to have one is not right.
bool frame_error_control_is_right(ByteView frame);

// Fills in the last two bytes of `frame`, which has at least two.
void write_frame_error_control(std::span<Byte> frame);

// Makes a frame two bytes longer: by its FECF.
void append_frame_error_control(Bytes& frame);

}  // namespace dl::link
