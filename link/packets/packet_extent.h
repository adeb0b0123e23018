// Where a packet ends, read from its first bytes: space packets (CCSDS 133.0-B 4.1) and encapsulation packets
// (CCSDS 133.1-B 4.1), which are told apart by the packet version number in the first three bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/bytes.h"
#include "link/packet.h"

namespace dl::link {

inline constexpr std::size_t kMaxEncapsulationHeaderBytes = 8;
// The longest that is believed. The field allows 4 GiB; memory is bounded, and a longer one is nonsense or a file.
inline constexpr std::size_t kMaxEncapsulationPacketBytes = std::size_t{1} << 20;

struct PacketExtent {
  enum class State : std::uint8_t {
    incomplete,  // more bytes are needed to say
    bad,         // no packet begins so
    good,
  };
  State state = State::incomplete;
  PacketKind kind = PacketKind::space;
  std::size_t size_bytes = 0;  // of the whole packet, when good
};

// `bytes` begin where a packet should; how many of them belong to it does not matter. Not empty. Encapsulation packets
// are bad where `encapsulation` is false.
PacketExtent packet_extent(ByteView bytes, bool encapsulation);

// Of the packet whose first bytes these are, and whose extent is good.
bool is_idle_packet(ByteView bytes, PacketKind kind);

// The packet as its header describes it; `bytes` is the whole packet, whose extent is good. Takes over what is known of
// its arrival from `arrival`.
Packet read_packet(ByteView bytes, PacketKind kind, const Packet& arrival);

}  // namespace dl::link
