#include "link/frames/aos_frame.h"

#include <cassert>

namespace dl::link {
namespace {

// Signaling field (CCSDS 732.0-B-5 4.1.2.5), byte 5.
constexpr unsigned kReplay = 0x80;
constexpr unsigned kCycleInUse = 0x40;
constexpr unsigned kScidShift = 4;
constexpr unsigned kCycleMask = 0x0F;
constexpr unsigned kCounterFieldBits = 24;

}  // namespace

AosHeader parse_aos_header(ByteView frame, bool extended_scid) {
  assert(frame.size() >= kAosHeaderBytes);
  const unsigned id = read_u16(frame, 0);
  const unsigned signaling = frame[5];
  AosHeader header;
  header.version = static_cast<std::uint8_t>(id >> 14);
  header.scid = static_cast<std::uint16_t>(id >> 6 & 0xFF);
  if (extended_scid) header.scid = static_cast<std::uint16_t>(header.scid | (signaling >> kScidShift & 3) << 8);
  header.vcid = static_cast<std::uint8_t>(id & 0x3F);
  header.counter = read_u24(frame, 2);
  header.replay = (signaling & kReplay) != 0;
  header.cycle_in_use = (signaling & kCycleInUse) != 0;
  if (header.cycle_in_use) header.counter |= (signaling & kCycleMask) << kCounterFieldBits;
  return header;
}

void write_aos_header(const AosHeader& header, std::span<Byte> frame) {
  assert(frame.size() >= kAosHeaderBytes);
  const unsigned scid = header.scid;
  const unsigned id = (header.version & 3U) << 14 | (scid & 0xFFU) << 6 | (header.vcid & 0x3FU);
  unsigned signaling = (header.replay ? kReplay : 0) | (scid >> 8 & 3U) << kScidShift;
  if (header.cycle_in_use) signaling |= kCycleInUse | (header.counter >> kCounterFieldBits & kCycleMask);
  frame[0] = static_cast<Byte>(id >> 8);
  frame[1] = static_cast<Byte>(id);
  frame[2] = static_cast<Byte>(header.counter >> 16);
  frame[3] = static_cast<Byte>(header.counter >> 8);
  frame[4] = static_cast<Byte>(header.counter);
  frame[5] = static_cast<Byte>(signaling);
}

}  // namespace dl::link
