// Packets of the Metop instruments that are archived and not decoded: true headers, times, counters and parity around
// made-up content, with what can happen to packets on the way, and a list of all of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/bytes.h"
#include "core/error.h"
#include "core/time.h"

namespace dl::sim {

struct InstrumentPacketOptions {
  UtcTime start{};
  Seconds duration{};
  // Of each APID some packets are never sent, some twice, some before the one that precedes them, and of some a bit is
  // wrong when they are made, which no frame tells.
  bool faults = false;
};

enum class PacketFate : std::uint8_t { sent, lost, doubled, swapped, damaged };

struct InstrumentPacket {
  UtcTime time{};  // as the packet says
  std::uint8_t vcid = 0;
  std::uint16_t apid = 0;
  std::uint16_t sequence_count = 0;
  PacketFate fate = PacketFate::sent;
  Bytes bytes;  // as sent
};

// IASI, ASCAT, GOME-2, HIRS, SEM and A-DCS, far fewer packets than the real ones send: one second of a pass has about 3
// kB. In the order of sending; a packet with fate doubled stands there once.
std::vector<InstrumentPacket> make_instrument_packets(const InstrumentPacketOptions& options);

// One JSON object a packet, those that were lost included: time, vcid, apid, sequence_count, fate, sha256 (of the
// bytes).
Result<void> write_packet_list(const std::vector<InstrumentPacket>& packets, const std::filesystem::path& file);

}  // namespace dl::sim
