// What MHS and AMSU-A see in a simulated pass: counts from brightness temperatures by inverse calibration.
#pragma once

#include <vector>

#include "core/error.h"
#include "core/time.h"
#include "decoders/amsu_a/references.h"
#include "decoders/mhs/packet.h"
#include "tools/downlink-sim/metop_pass.h"

namespace dl::sim {

struct MhsScan {
  UtcTime time{};
  decoders::mhs::ScanLine line;
};
struct AmsuAScan {
  UtcTime time{};
  decoders::amsu_a::UnitLine line;
};

// Those that begin in the pass, the first with it. Write the fields as they went in to options.truth, where it is
// given: mhs.f32 and amsu-a.f32, little-endian floats, [line][band][pixel]. Kind config when a table or the orbit is
// missing.
Result<std::vector<MhsScan>> make_mhs_scans(const MetopPassOptions& options);
Result<std::vector<AmsuAScan>> make_amsu_a_scans(const MetopPassOptions& options);

}  // namespace dl::sim
