#include "link/packets/packet_extent.h"

#include "link/packets/space_packet.h"

namespace dl::link {
namespace {

constexpr unsigned kSpacePacketVersion = 0;
constexpr unsigned kEncapsulationVersion = 7;

unsigned version_of(ByteView bytes) {
  return bytes[0] >> 5U;
}

// CCSDS 133.1-B 4.1.2: the length of the length field is 0, 1, 2 or 4 bytes, and with it comes what stands before.
PacketExtent encapsulation_extent(ByteView bytes) {
  constexpr std::size_t kHeaderBytes[] = {1, 2, 4, 8};
  const std::size_t header = kHeaderBytes[bytes[0] & 3U];
  PacketExtent extent{PacketExtent::State::incomplete, PacketKind::encapsulation, 0};
  if (bytes.size() < header) return extent;
  switch (header) {
    case 1:
      extent.size_bytes = 1;
      break;
    case 2:
      extent.size_bytes = bytes[1];
      break;
    case 4:
      extent.size_bytes = read_u16(bytes, 2);
      break;
    default:
      extent.size_bytes = read_u32(bytes, 4);
      break;
  }
  // Without a length there is no data: only idle packets are so (4.1.2.4.2).
  const bool possible = extent.size_bytes >= header && extent.size_bytes <= kMaxEncapsulationPacketBytes &&
                        (header != 1 || is_idle_packet(bytes, PacketKind::encapsulation));
  extent.state = possible ? PacketExtent::State::good : PacketExtent::State::bad;
  return extent;
}

}  // namespace

PacketExtent packet_extent(ByteView bytes, bool encapsulation) {
  const unsigned version = version_of(bytes);
  if (version == kEncapsulationVersion && encapsulation) return encapsulation_extent(bytes);
  if (version != kSpacePacketVersion) return {PacketExtent::State::bad, PacketKind::space, 0};
  if (bytes.size() < kPacketHeaderBytes) return {PacketExtent::State::incomplete, PacketKind::space, 0};
  return {PacketExtent::State::good, PacketKind::space, kMinPacketBytes + read_u16(bytes, 4)};
}

bool is_idle_packet(ByteView bytes, PacketKind kind) {
  if (kind == PacketKind::encapsulation) return (bytes[0] & 0x1CU) == 0;  // protocol identifier 0
  return (read_u16(bytes, 0) & 0x7FFU) == kIdleApid;
}

Packet read_packet(ByteView bytes, PacketKind kind, const Packet& arrival) {
  Packet packet = arrival;
  packet.kind = kind;
  packet.bytes = bytes;
  if (kind == PacketKind::encapsulation) {
    packet.apid = (bytes[0] >> 2U) & 7U;
    return packet;
  }
  const SpacePacketHeader header = parse_space_packet_header(bytes);
  packet.apid = header.apid;
  packet.sequence_flags = header.sequence_flags;
  packet.sequence_count = header.sequence_count;
  packet.has_secondary_header = header.has_secondary_header;
  return packet;
}

}  // namespace dl::link
