#include "link/frames/uslp_frame.h"

#include <cassert>

namespace dl::link {

std::optional<UslpHeader> parse_uslp_header(ByteView frame) {
  if (frame.size() < kUslpTruncatedHeaderBytes) return std::nullopt;
  const std::uint32_t id = read_u32(frame, 0);
  UslpHeader header;
  header.version = static_cast<std::uint8_t>(id >> 28);
  header.scid = static_cast<std::uint16_t>(id >> 12);
  header.is_destination = (id >> 11 & 1) != 0;
  header.vcid = static_cast<std::uint8_t>(id >> 5 & 0x3F);
  header.map_id = static_cast<std::uint8_t>(id >> 1 & kUslpMaxMapId);
  header.truncated = (id & 1) != 0;
  if (header.truncated) {
    header.sequence_controlled = false;
    return header;
  }
  if (frame.size() < kUslpHeaderBytes) return std::nullopt;
  header.frame_size_bytes = read_u16(frame, 4) + 1U;
  const unsigned flags = frame[6];
  header.sequence_controlled = (flags & 0x80) == 0;
  header.protocol_control_command = (flags & 0x40) != 0;
  header.has_operational_control = (flags & 0x08) != 0;
  header.counter_bytes = flags & 7;
  if (frame.size() < header.size_bytes()) return std::nullopt;
  for (std::size_t i = 0; i < header.counter_bytes; ++i) {
    header.counter = header.counter << 8 | frame[kUslpHeaderBytes + i];
  }
  return header;
}

void write_uslp_header(const UslpHeader& header, std::span<Byte> frame) {
  assert(frame.size() >= header.size_bytes() && header.counter_bytes <= kUslpMaxCounterBytes);
  const std::uint32_t id = (header.version & 15U) << 28 | std::uint32_t{header.scid} << 12 |
                           (header.is_destination ? 1U : 0U) << 11 | (header.vcid & 0x3FU) << 5 |
                           (header.map_id & 15U) << 1 | (header.truncated ? 1U : 0U);
  for (unsigned i = 0; i < 4; ++i) frame[i] = static_cast<Byte>(id >> (24 - 8 * i));
  if (header.truncated) return;
  assert(header.frame_size_bytes >= 1 && header.frame_size_bytes <= 65536);
  frame[4] = static_cast<Byte>((header.frame_size_bytes - 1) >> 8);
  frame[5] = static_cast<Byte>(header.frame_size_bytes - 1);
  frame[6] =
      static_cast<Byte>((header.sequence_controlled ? 0U : 0x80U) | (header.protocol_control_command ? 0x40U : 0U) |
                        (header.has_operational_control ? 0x08U : 0U) | header.counter_bytes);
  for (unsigned i = 0; i < header.counter_bytes; ++i) {
    frame[kUslpHeaderBytes + i] = static_cast<Byte>(header.counter >> (8 * (header.counter_bytes - 1 - i)));
  }
}

std::optional<UslpDataFieldHeader> parse_uslp_data_field_header(ByteView field) {
  if (field.empty()) return std::nullopt;
  UslpDataFieldHeader header;
  header.rule = static_cast<UslpRule>(field[0] >> 5);
  header.protocol = field[0] & 0x1F;
  if (field.size() < header.size_bytes()) return std::nullopt;
  if (header.has_pointer()) header.pointer = read_u16(field, 1);
  return header;
}

void write_uslp_data_field_header(const UslpDataFieldHeader& header, std::span<Byte> field) {
  assert(field.size() >= header.size_bytes());
  field[0] = static_cast<Byte>(static_cast<unsigned>(header.rule) << 5 | (header.protocol & 0x1FU));
  if (!header.has_pointer()) return;
  field[1] = static_cast<Byte>(header.pointer >> 8);
  field[2] = static_cast<Byte>(header.pointer);
}

}  // namespace dl::link
