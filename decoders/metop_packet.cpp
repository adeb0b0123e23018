#include "decoders/metop_packet.h"

#include <cassert>

#include "link/packets/packet_checksum.h"
#include "link/packets/space_packet.h"
#include "link/packets/time_code.h"

namespace dl::decoders {

tl::expected<UtcTime, DropReason> read_metop_time(ByteView packet) {
  if (packet.size() < kMetopDataOffset + kMetopParityBytes) return tl::unexpected(DropReason::packet_time);
  if (!link::checksum_is_right(packet, link::PacketChecksum::xor_16)) {
    return tl::unexpected(DropReason::packet_checksum);
  }
  const auto time = link::read_cds(packet.subspan(kMetopTimeOffset), 2, 2);
  if (!time || time->of_day >= std::chrono::days(1)) return tl::unexpected(DropReason::packet_time);
  return kMetopEpoch + std::chrono::days(time->day) + time->of_day;
}

ByteView metop_data(ByteView packet) {
  assert(packet.size() >= kMetopDataOffset + kMetopParityBytes);
  return packet.subspan(kMetopDataOffset, packet.size() - kMetopDataOffset - kMetopParityBytes);
}

Bytes make_metop_packet(std::uint16_t apid, std::uint16_t sequence_count, UtcTime time, ByteView data) {
  assert(time >= kMetopEpoch && data.size() % 2 == 0);
  const auto since_epoch = time - kMetopEpoch;
  const auto days = std::chrono::floor<std::chrono::days>(since_epoch);
  const auto in_day = since_epoch - days;
  const auto milliseconds = std::chrono::floor<Milliseconds>(in_day);
  const auto seconds = std::chrono::floor<Seconds>(since_epoch);
  Bytes field;
  field.reserve(kMetopDataOffset + data.size());
  append_u16(field, static_cast<std::uint16_t>(days.count()));
  append_u32(field, static_cast<std::uint32_t>(milliseconds.count()));
  append_u16(field, static_cast<std::uint16_t>((in_day - milliseconds).count()));
  append_u32(field, static_cast<std::uint32_t>(seconds.count()) & 0x00FFFFFFU);  // one reserved byte before
  append_u16(field, static_cast<std::uint16_t>(((since_epoch - seconds).count() << 16) / 1'000'000));
  field.insert(field.end(), data.begin(), data.end());
  append_u16(field, 0);

  link::SpacePacketHeader header;
  header.has_secondary_header = true;
  header.apid = apid;
  header.sequence_count = sequence_count;
  Bytes packet;
  link::append_space_packet(header, field, packet);
  std::uint16_t parity = 0;
  for (std::size_t i = 0; i < packet.size(); i += 2) parity = static_cast<std::uint16_t>(parity ^ read_u16(packet, i));
  packet[packet.size() - 2] = static_cast<Byte>(parity >> 8);
  packet[packet.size() - 1] = static_cast<Byte>(parity);
  return packet;
}

}  // namespace dl::decoders
