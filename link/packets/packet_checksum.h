// Checksums at the end of packets, which some instruments and services append.
#pragma once

#include <vector>

#include "core/bytes.h"
#include "link/packet.h"
#include "link/profile.h"

namespace dl::link {

// True when the last bytes of the whole space packet are the checksum of what stands before them. A packet that is too
// short to have one, or for xor_16 not of whole 16-bit words, has a wrong one.
bool checksum_is_right(ByteView packet, PacketChecksum checksum);

// Which packets end in one, by APID.
class PacketChecksums {
 public:
  // A rule that names an APID goes before one for all; of two that name it, the first.
  explicit PacketChecksums(const std::vector<ChecksumRule>& rules);

  // Idle packets, encapsulation packets and frame data carry none.
  [[nodiscard]] bool right(const Packet& packet) const;

 private:
  std::vector<PacketChecksum> by_apid_;  // empty where no packet has one
};

}  // namespace dl::link
