// Space packets (CCSDS 133.0-B section 4.1): the primary header, and the sequence counts that show what is missing.
#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "core/bytes.h"
#include "link/packet.h"
#include "link/profile.h"

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

// Follows the sequence counts of one virtual channel, by APID or, where the spacecraft counts so, across all of them.
// Idle packets have no count to follow (CCSDS 133.0-B 4.1.3.4.1.5) and must not be shown to it.
class SequenceTracker {
 public:
  struct Counts {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    std::uint64_t gaps = 0;             // before a packet of this APID
    std::uint64_t packets_missing = 0;  // in these gaps; of any APID where one count runs across all
  };

  explicit SequenceTracker(SequenceCount rule) : rule_(rule) {}

  // Counts the packet and sets gap_before. A step of half the count's range or more is a gap of unknown length: the
  // counter started anew.
  void take(Packet& packet);

  [[nodiscard]] const std::map<std::uint16_t, Counts>& by_apid() const { return by_apid_; }

 private:
  SequenceCount rule_;
  std::map<std::uint16_t, std::uint16_t> next_count_;  // key 0 where one count runs across all APIDs
  std::map<std::uint16_t, Counts> by_apid_;
};

}  // namespace dl::link
