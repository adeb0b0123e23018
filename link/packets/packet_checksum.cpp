#include "link/packets/packet_checksum.h"

#include "core/crc.h"
#include "link/packets/space_packet.h"

namespace dl::link {
namespace {

bool xor_16_is_right(ByteView bytes) {
  if (bytes.size() % 2 != 0) return false;
  unsigned sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) sum ^= read_u16(bytes, i);
  return sum == 0;
}

bool xor_8_is_right(ByteView bytes) {
  unsigned sum = 0;
  for (const Byte byte : bytes) sum ^= byte;
  return sum == 0;
}

}  // namespace

bool checksum_is_right(ByteView packet, PacketChecksum checksum) {
  const std::size_t data_bytes = packet.size() - kPacketHeaderBytes;
  switch (checksum) {
    case PacketChecksum::none:
      return true;
    // A CRC that is run over its own bytes too gives 0.
    case PacketChecksum::crc_16:
      return data_bytes >= 2 && crc16_ccitt(packet) == 0;
    case PacketChecksum::crc_16_data:
      return data_bytes >= 2 && crc16_ccitt(packet.subspan(kPacketHeaderBytes)) == 0;
    case PacketChecksum::xor_16:
      return data_bytes >= 2 && xor_16_is_right(packet);
    case PacketChecksum::xor_8:
      return xor_8_is_right(packet);
  }
  return false;
}

PacketChecksums::PacketChecksums(const std::vector<ChecksumRule>& rules) {
  if (rules.empty()) return;
  by_apid_.assign(kIdleApid + 1, PacketChecksum::none);
  std::vector<bool> named(by_apid_.size());
  for (const ChecksumRule& rule : rules) {
    for (const std::uint16_t apid : rule.apids) {
      if (!named.at(apid)) by_apid_[apid] = rule.checksum;
      named[apid] = true;
    }
  }
  for (const ChecksumRule& rule : rules) {
    if (!rule.apids.empty()) continue;
    for (std::uint16_t apid = 0; apid < kIdleApid; ++apid) {
      if (!named[apid]) by_apid_[apid] = rule.checksum;
      named[apid] = true;
    }
  }
}

bool PacketChecksums::right(const Packet& packet) const {
  if (by_apid_.empty() || packet.kind != PacketKind::space) return true;
  return checksum_is_right(packet.bytes, by_apid_[packet.apid]);
}

}  // namespace dl::link
