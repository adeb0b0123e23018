#include "link/coding/frame_error_control.h"

#include <cassert>

#include "core/crc.h"

namespace dl::link {

bool frame_error_control_is_right(ByteView frame) {
  // The CRC of data and its CRC is 0.
  return frame.size() >= kFrameErrorControlBytes && crc16_ccitt(frame) == 0;
}

void write_frame_error_control(std::span<Byte> frame) {
  assert(frame.size() >= kFrameErrorControlBytes);
  const std::size_t size = frame.size() - kFrameErrorControlBytes;
  const std::uint16_t crc = crc16_ccitt(frame.first(size));
  frame[size] = static_cast<Byte>(crc >> 8);
  frame[size + 1] = static_cast<Byte>(crc);
}

void append_frame_error_control(Bytes& frame) {
  append_u16(frame, crc16_ccitt(frame));
}

}  // namespace dl::link
