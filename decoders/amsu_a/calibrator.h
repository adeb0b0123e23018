// Counts to brightness temperature (NOAA KLM User's Guide 7.3; instruments.md 5.5). Pure: the same slot, tables and
// orbit give the same bytes.
#pragma once

#include <string>

#include "calibrate/calibrated_granule.h"
#include "decoders/sounder_granule.h"

namespace dl::decoders::amsu_a {

inline constexpr Seconds kSlotLength{180};

// Part 0 of the slot's lines is what unit A1 sent, part 1 of A2. The granule has the bands of the units that were
// heard; a band without usable references keeps its counts and says why.
calibrate::CalibratedGranule calibrate_granule(const LineSlot& slot, const std::string& platform,
                                               const calibrate::CalibrationRequest& request,
                                               const calibrate::OrbitBook& orbits);

}  // namespace dl::decoders::amsu_a
