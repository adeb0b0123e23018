#include "link/frames/aos_frame.h"

#include <algorithm>
#include <cassert>

namespace dl::link {

AosHeader parse_aos_header(ByteView frame) {
  assert(frame.size() >= kAosHeaderBytes);
  const std::uint16_t id = read_u16(frame, 0);
  AosHeader header;
  header.version = static_cast<std::uint8_t>(id >> 14);
  header.scid = static_cast<std::uint8_t>(id >> 6);
  header.vcid = id & 0x3F;
  header.counter = read_u24(frame, 2);
  header.signaling = frame[5];
  return header;
}

void write_aos_header(const AosHeader& header, std::span<Byte> frame) {
  assert(frame.size() >= kAosHeaderBytes);
  const unsigned id = (header.version & 3U) << 14 | static_cast<unsigned>(header.scid) << 6 | (header.vcid & 0x3FU);
  frame[0] = static_cast<Byte>(id >> 8);
  frame[1] = static_cast<Byte>(id);
  frame[2] = static_cast<Byte>(header.counter >> 16);
  frame[3] = static_cast<Byte>(header.counter >> 8);
  frame[4] = static_cast<Byte>(header.counter);
  frame[5] = header.signaling;
}

void AosFrameCheck::check(FrameBatch& batch) {
  for (Frame& frame : batch.frames()) {
    if (frame.dropped) continue;
    const AosHeader header = parse_aos_header(frame.bytes);
    frame.scid = header.scid;
    frame.vcid = header.vcid;
    frame.counter = header.counter;
    frame.dropped = verdict(header);
    ++losses_.units_in;
    losses_.bytes_in += frame.bytes.size();
    if (frame.dropped) {
      losses_.drop(*frame.dropped, 1, frame.bytes.size());
    } else {
      ++losses_.units_out;
      losses_.bytes_out += frame.bytes.size();
    }
  }
}

std::optional<DropReason> AosFrameCheck::verdict(const AosHeader& header) const {
  if (header.version != profile_.frame_version) return DropReason::frame_version;
  if (header.scid != profile_.scid) return DropReason::frame_scid;
  const auto& idle = profile_.idle_vcids;
  if (std::find(idle.begin(), idle.end(), header.vcid) != idle.end()) return DropReason::idle;
  return std::nullopt;
}

}  // namespace dl::link
