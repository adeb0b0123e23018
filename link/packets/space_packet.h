// Space packets (CCSDS 133.0-B section 4.1): the primary header.
#pragma once

#include <cstdint>

#include "core/bytes.h"
#include "link/packet.h"

namespace dl::link {

inline constexpr std::uint16_t kIdleApid = 2047;
inline constexpr std::size_t kMinPacketBytes = kPacketHeaderBytes + 1;
inline constexpr std::size_t kMaxPacketBytes = kPacketHeaderBytes + 65536;

struct SpacePacketHeader {
  std::uint8_t version = 0;  // 3 bits
  bool telecommand = false;
  bool has_secondary_header = false;
  std::uint16_t apid = 0;             // 11 bits
  std::uint8_t sequence_flags = 3;    // 2 bits
  std::uint16_t sequence_count = 0;   // 14 bits
  std::uint32_t data_size_bytes = 1;  // 1 to 65536

  [[nodiscard]] std::size_t packet_size_bytes() const { return kPacketHeaderBytes + data_size_bytes; }
};

// `bytes` has at least kPacketHeaderBytes.
SpacePacketHeader parse_space_packet_header(ByteView bytes);

// Appends the header and `data` (1 to 65536 bytes, which sets data_size_bytes).
void append_space_packet(SpacePacketHeader header, ByteView data, Bytes& out);

}  // namespace dl::link
