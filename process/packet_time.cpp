#include "process/packet_time.h"

#include "link/packets/time_code.h"

namespace dl::process {

std::optional<UtcTime> packet_time(const link::Packet& packet, const link::Profile& profile, UtcTime received_at) {
  if (!profile.packet_time || packet.kind != link::PacketKind::space || !packet.has_secondary_header) {
    return std::nullopt;
  }
  return link::read_time(packet.data(), *profile.packet_time, received_at);
}

}  // namespace dl::process
