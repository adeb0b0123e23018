// Where the packets of a slot may have looked.
#pragma once

#include "calibrate/geolocation/locate.h"
#include "calibrate/packet_granule.h"
#include "decoders/packet_archive/definition.h"

namespace dl::decoders::packet_archive {

// With an orbit: footprint or track from the first to the last packet that is verified, direction, orbit number,
// provenance. Without: ungeolocated_reason.
void add_outline(calibrate::PacketGranule& granule, const Swath& swath, const calibrate::OrbitBook& orbits);

}  // namespace dl::decoders::packet_archive
