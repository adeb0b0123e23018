#include "link/frames/tm_frame.h"

#include <cassert>

namespace dl::link {

TmHeader parse_tm_header(ByteView frame) {
  assert(frame.size() >= kTmHeaderBytes);
  const unsigned id = read_u16(frame, 0);
  const unsigned status = read_u16(frame, 4);
  TmHeader header;
  header.version = static_cast<std::uint8_t>(id >> 14);
  header.scid = static_cast<std::uint16_t>(id >> 4 & kTmMaxScid);
  header.vcid = static_cast<std::uint8_t>(id >> 1 & kTmMaxVcid);
  header.has_operational_control = (id & 1) != 0;
  header.master_counter = frame[2];
  header.counter = frame[3];
  header.has_secondary_header = (status & 0x8000) != 0;
  header.carries_no_packets = (status & 0x4000) != 0;
  header.packets_out_of_order = (status & 0x2000) != 0;
  header.segment_length_id = static_cast<std::uint8_t>(status >> 11 & 3);
  header.first_header_pointer = static_cast<std::uint16_t>(status & 0x7FF);
  return header;
}

void write_tm_header(const TmHeader& header, std::span<Byte> frame) {
  assert(frame.size() >= kTmHeaderBytes);
  const unsigned id = (header.version & 3U) << 14 | (header.scid & static_cast<unsigned>(kTmMaxScid)) << 4 |
                      (header.vcid & static_cast<unsigned>(kTmMaxVcid)) << 1 |
                      (header.has_operational_control ? 1U : 0U);
  const unsigned status = (header.has_secondary_header ? 0x8000U : 0U) | (header.carries_no_packets ? 0x4000U : 0U) |
                          (header.packets_out_of_order ? 0x2000U : 0U) | (header.segment_length_id & 3U) << 11 |
                          (header.first_header_pointer & 0x7FFU);
  frame[0] = static_cast<Byte>(id >> 8);
  frame[1] = static_cast<Byte>(id);
  frame[2] = header.master_counter;
  frame[3] = header.counter;
  frame[4] = static_cast<Byte>(status >> 8);
  frame[5] = static_cast<Byte>(status);
}

std::optional<std::size_t> tm_secondary_header_size(ByteView bytes) {
  if (bytes.empty() || bytes[0] >> 6 != 0) return std::nullopt;
  const std::size_t length = bytes[0] & 0x3F;  // one less than the bytes of the whole secondary header
  if (length == 0) return std::nullopt;
  return length + 1;
}

}  // namespace dl::link
