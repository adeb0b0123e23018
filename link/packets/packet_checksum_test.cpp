#include "link/packets/packet_checksum.h"

#include <gtest/gtest.h>

#include "core/crc.h"
#include "link/packets/space_packet.h"

namespace dl::link {
namespace {

// A packet of 20 bytes whose last bytes are its checksum.
Bytes sealed(PacketChecksum checksum) {
  Bytes bytes;
  append_space_packet({.apid = 9}, Bytes(14, 0x5A), bytes);
  const ByteView whole = bytes;
  std::uint16_t sum = 0;
  bytes[18] = bytes[19] = 0;
  if (checksum == PacketChecksum::crc_16) sum = crc16_ccitt(whole.first(18));
  if (checksum == PacketChecksum::crc_16_data) sum = crc16_ccitt(whole.subspan(6, 12));
  if (checksum == PacketChecksum::xor_16) {
    for (std::size_t i = 0; i < 18; i += 2) sum = static_cast<std::uint16_t>(sum ^ read_u16(whole, i));
  }
  if (checksum == PacketChecksum::xor_8) {
    for (std::size_t i = 0; i < 18; ++i) sum = static_cast<std::uint16_t>(sum ^ bytes[i]);
  }
  bytes[18] = static_cast<Byte>(sum >> 8U);
  bytes[19] = static_cast<Byte>(sum);
  return bytes;
}

TEST(PacketChecksum, EveryWrongBitIsFound) {
  for (const PacketChecksum checksum :
       {PacketChecksum::crc_16, PacketChecksum::crc_16_data, PacketChecksum::xor_16, PacketChecksum::xor_8}) {
    const Bytes bytes = sealed(checksum);
    EXPECT_TRUE(checksum_is_right(bytes, checksum));
    const std::size_t first_bit = checksum == PacketChecksum::crc_16_data ? 48 : 0;
    for (std::size_t bit = first_bit; bit < bytes.size() * 8; ++bit) {
      Bytes wrong = bytes;
      wrong[bit / 8] ^= static_cast<Byte>(0x80U >> bit % 8);
      EXPECT_FALSE(checksum_is_right(wrong, checksum)) << "bit " << bit;
    }
  }
}

TEST(PacketChecksum, PacketTooShortForOneHasAWrongOne) {
  Bytes bytes;
  append_space_packet({}, Bytes(1, 0), bytes);
  EXPECT_FALSE(checksum_is_right(bytes, PacketChecksum::crc_16));
  EXPECT_FALSE(checksum_is_right(bytes, PacketChecksum::crc_16_data));
  EXPECT_FALSE(checksum_is_right(bytes, PacketChecksum::xor_16));
}

TEST(PacketChecksums, RuleThatNamesAnApidGoesBeforeOneForAll) {
  const PacketChecksums checksums({{{}, PacketChecksum::crc_16}, {{5}, PacketChecksum::none}});
  const Bytes bytes(20, 0x5A);
  const auto right = [&](PacketKind kind, std::uint16_t apid) {
    Packet packet;
    packet.kind = kind;
    packet.apid = apid;
    packet.bytes = bytes;
    return checksums.right(packet);
  };
  EXPECT_FALSE(right(PacketKind::space, 4));
  EXPECT_TRUE(right(PacketKind::space, 5));
  EXPECT_TRUE(right(PacketKind::space, kIdleApid));
  EXPECT_TRUE(right(PacketKind::encapsulation, 4));
}

}  // namespace
}  // namespace dl::link
