// The time that a packet says of itself, where the link profile says that packets do.
#pragma once

#include <optional>

#include "core/time.h"
#include "link/packet.h"
#include "link/profile.h"

namespace dl::process {

// CDS or CUC, as the profile says, at the start of the data field. Where the profile says that the day is not valid
// (Meteor-M2), the day is the one that comes nearest to `received_at`. nullopt when the profile has no such code, the
// packet has no secondary header, or the code cannot be.
std::optional<UtcTime> packet_time(const link::Packet& packet, const link::Profile& profile, UtcTime received_at);

}  // namespace dl::process
