#include "link/packets/space_packet.h"

#include <cassert>

namespace dl::link {
namespace {

constexpr std::uint16_t kSequenceMask = 0x3FFF;

}  // namespace

SpacePacketHeader parse_space_packet_header(ByteView bytes) {
  assert(bytes.size() >= kPacketHeaderBytes);
  const std::uint16_t id = read_u16(bytes, 0);
  const std::uint16_t sequence = read_u16(bytes, 2);
  SpacePacketHeader header;
  header.version = static_cast<std::uint8_t>(id >> 13);
  header.telecommand = (id & 0x1000) != 0;
  header.has_secondary_header = (id & 0x0800) != 0;
  header.apid = id & 0x07FF;
  header.sequence_flags = static_cast<std::uint8_t>(sequence >> 14);
  header.sequence_count = sequence & kSequenceMask;
  header.data_size_bytes = std::uint32_t{read_u16(bytes, 4)} + 1;
  return header;
}

void append_space_packet(SpacePacketHeader header, ByteView data, Bytes& out) {
  assert(!data.empty() && data.size() <= 65536);
  const unsigned id = (header.version & 7U) << 13 | (header.telecommand ? 0x1000U : 0U) |
                      (header.has_secondary_header ? 0x0800U : 0U) | (header.apid & 0x07FFU);
  const unsigned sequence = (header.sequence_flags & 3U) << 14 | (header.sequence_count & kSequenceMask);
  append_u16(out, static_cast<std::uint16_t>(id));
  append_u16(out, static_cast<std::uint16_t>(sequence));
  append_u16(out, static_cast<std::uint16_t>(data.size() - 1));
  out.insert(out.end(), data.begin(), data.end());
}

}  // namespace dl::link
