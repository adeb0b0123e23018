// The packets of MHS and AMSU-A in a simulated Metop pass, from brightness temperatures by inverse calibration.
#pragma once

#include <cstdint>
#include <vector>

#include "core/bytes.h"
#include "core/error.h"
#include "core/time.h"
#include "tools/downlink-sim/metop_pass.h"

namespace dl::sim {

// instruments.md section 3: virtual channels of Metop.
inline constexpr std::uint8_t kMhsVcid = 12;
inline constexpr std::uint8_t kAmsuVcid = 3;

struct SounderPacket {
  UtcTime time{};
  std::uint8_t vcid = 0;
  Bytes bytes;
};

// Those whose lines begin in the pass, in order of time. Writes the fields as they went in to options.truth, where it
// is given: mhs.f32 and amsu-a.f32, little-endian floats, [line][band][pixel]. Kind config when a table or the orbit is
// missing.
Result<std::vector<SounderPacket>> make_sounder_packets(const MetopPassOptions& options);

}  // namespace dl::sim
