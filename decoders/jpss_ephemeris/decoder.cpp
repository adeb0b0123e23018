#include "decoders/jpss_ephemeris/decoder.h"

#include "decoders/jpss_ephemeris/ephemeris_packet.h"

namespace dl::decoders::jpss_ephemeris {

Result<Accepted> Decoder::push(const link::Packet& packet, GranuleSink&) {
  if (packet.kind != link::PacketKind::space || packet.apid != kApid) return Accepted::no;
  ++packets_.units_in;
  packets_.bytes_in += packet.bytes.size();
  auto sample = decode_ephemeris_packet(packet.bytes, spacecraft_);
  if (!sample) {
    packets_.drop(sample.error(), 1, packet.bytes.size());
    return Accepted::yes;
  }
  const calibrate::Ephemeris::Outcome outcome = orbits_->add(std::move(*sample));
  held_ += 1;
  held_ -= outcome.used + outcome.refused;
  packets_.units_out += outcome.used;
  packets_.bytes_out += outcome.used * kPacketBytes;
  packets_.drop(DropReason::orbit_implausible, outcome.refused, outcome.refused * kPacketBytes);
  return Accepted::yes;
}

Result<void> Decoder::flush(GranuleSink&) {
  packets_.drop(DropReason::orbit_implausible, held_, held_ * kPacketBytes);
  held_ = 0;
  return {};
}

}  // namespace dl::decoders::jpss_ephemeris
