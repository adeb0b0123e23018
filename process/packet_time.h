// The time that a packet says of itself, where the link profile says that packets do.
#pragma once

#include <optional>

#include "core/time.h"
#include "link/packet.h"
#include "link/profile.h"

namespace dl::process {

// CDS (CCSDS 301.0-B): day since the profile's epoch, milliseconds, microseconds, at the start of the data field. nullopt
// when the profile has no such code, the day is not valid, the packet has no secondary header, or the code cannot be.
std::optional<UtcTime> packet_time(const link::Packet& packet, const link::Profile& profile);

}  // namespace dl::process
