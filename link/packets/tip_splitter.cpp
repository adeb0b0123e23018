#include "link/packets/tip_splitter.h"

#include <array>
#include <cassert>
#include <utility>

namespace dl::link {
namespace {

void put_header(std::array<Byte, kTipPacketBytes>& packet, const HrptHeader& header, std::size_t place) {
  packet[0] = header.spacecraft_address;
  packet[1] = static_cast<Byte>(place);
  packet[2] = static_cast<Byte>(header.day_of_year >> 8);
  packet[3] = static_cast<Byte>(header.day_of_year);
  for (unsigned i = 0; i < 4; ++i) packet[4 + i] = static_cast<Byte>(header.millisecond_of_day >> (24 - 8 * i));
}

}  // namespace

TipPacket read_tip_packet(ByteView packet) {
  assert(packet.size() == kTipPacketBytes);
  return {packet[0], packet[1], read_u16(packet, 2), read_u32(packet, 4), packet.subspan(kTipPacketHeaderBytes)};
}

void TipSplitter::push(const Frame& frame, PacketBatch& out) {
  tip_gap_pending_ = tip_gap_pending_ || frame.gap_before;
  aip_gap_pending_ = aip_gap_pending_ || frame.gap_before;
  const HrptHeader header = parse_hrpt_header(frame.data_field);
  const bool tip = header.number == HrptMinorFrameNumber::tip;
  if (!tip && header.number != HrptMinorFrameNumber::aip) return;
  bool& gap_pending = tip ? tip_gap_pending_ : aip_gap_pending_;
  for (std::size_t place = 0; place < kHrptTipFrames; ++place) {
    gap_pending = !take(frame, header, place, gap_pending, out);
  }
}

// False when the frame was dropped.
bool TipSplitter::take(const Frame& frame, const HrptHeader& header, std::size_t place, bool gap_before,
                       PacketBatch& out) {
  ++losses_.units_in;
  losses_.bytes_in += kTipPacketBytes;
  std::array<Byte, kTipPacketBytes> bytes{};
  put_header(bytes, header, place);
  for (std::size_t i = 0; i < kTipFrameBytes; ++i) {
    const auto octet = hrpt_tip_octet(frame.data_field, place, i);
    if (!octet) {
      losses_.drop(DropReason::packet_checksum, 1, kTipPacketBytes);
      return false;
    }
    bytes[kTipPacketHeaderBytes + i] = *octet;
  }
  Packet packet;
  packet.kind = PacketKind::tip_frame;
  packet.apid = header.number == HrptMinorFrameNumber::tip ? kTipApid : kAipApid;
  packet.sequence_count = static_cast<std::uint16_t>(place);
  packet.gap_before = gap_before;
  packet.quality = frame.quality;
  packet.received_at = frame.received_at;
  packet.input_offset = frame.input_offset;
  packet.bytes = bytes;
  sequences_.take(packet);
  ++losses_.units_out;
  losses_.bytes_out += kTipPacketBytes;
  out.add(packet);
  return true;
}

}  // namespace dl::link
