// The spacecraft diary of JPSS (VCID 0, APID 11), once a second: position, velocity and attitude. 71 bytes; layout by
// the XTCE file beside the recording of NOAA-20 (data/README.md, noaa20-spacecraft-diary): primary header 6, CDS time
// since 1958 8, spacecraft id 1, time of the ephemeris 8, position 3 x 4 (m) and velocity 3 x 4 (m/s) as single floats
// in the rotating frame of the Earth, time of the attitude 8, quaternion 4 x 4.
//
// The quaternion ("control frame attitude") is not read: from which frame to which it turns, and how the instruments
// stand to the control frame, is in no document that we have. JPSS flies local normal to a few arc minutes.
#pragma once

#include <cstddef>
#include <cstdint>

#include <tl/expected.hpp>

#include "calibrate/geolocation/ephemeris.h"
#include "core/bytes.h"
#include "core/loss_ledger.h"
#include "core/time.h"

namespace dl::decoders::jpss_ephemeris {

inline constexpr std::uint16_t kApid = 11;
inline constexpr std::size_t kPacketBytes = 71;
// Between the time of a packet and that of the ephemeris in it.
inline constexpr Seconds kLargestTimeDifference{10};

// Reasons: packet_length, packet_time (a time that cannot be, or far from the packet's), decoder_refused (a number that
// is none). `spacecraft`: the identifier in the packet (NOAA-20: 159); another satellite's is frame_scid.
tl::expected<calibrate::EphemerisSample, DropReason> decode_ephemeris_packet(ByteView packet, std::uint8_t spacecraft);

// What decode_ephemeris_packet reads, rounded to single floats: for tests and simulated passes.
Bytes encode_ephemeris_packet(UtcTime time, const calibrate::StateVector& earth_fixed, std::uint8_t spacecraft,
                              std::uint16_t sequence_count);

}  // namespace dl::decoders::jpss_ephemeris
