#include "decoders/metop_admin/decoder.h"

#include "decoders/metop_admin/admin_message.h"

namespace dl::decoders::metop_admin {

Result<Accepted> Decoder::push(const link::Packet& packet, GranuleSink&) {
  if (packet.kind != link::PacketKind::space || packet.apid != kApid) return Accepted::no;
  ++packets_.units_in;
  packets_.bytes_in += packet.bytes.size();
  const auto sets = decode_admin_packet(packet.bytes);
  if (!sets) {
    packets_.drop(sets.error(), 1, packet.bytes.size());
    return Accepted::yes;
  }
  bool good = true;
  for (const calibrate::TwoLineElements& set : *sets) {
    if (set.norad_id != norad_id_) continue;
    if (!orbits_->add(set, calibrate::OrbitKind::metop_admin_message)) good = false;
  }
  if (!good) {
    packets_.drop(DropReason::orbit_implausible, 1, packet.bytes.size());
    return Accepted::yes;
  }
  ++packets_.units_out;
  packets_.bytes_out += packet.bytes.size();
  return Accepted::yes;
}

Result<void> Decoder::flush(GranuleSink&) {
  return {};
}

}  // namespace dl::decoders::metop_admin
