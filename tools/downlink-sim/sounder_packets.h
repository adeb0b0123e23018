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

// Those of make_mhs_scans() and make_amsu_a_scans(), in order of time.
Result<std::vector<SounderPacket>> make_sounder_packets(const MetopPassOptions& options);

}  // namespace dl::sim
