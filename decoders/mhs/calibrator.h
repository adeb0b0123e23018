// Counts to brightness temperature (NOAA KLM User's Guide 7.6; instruments.md 5.4). Pure: the same slot, tables and
// orbit give the same bytes.
#pragma once

#include <string>

#include "calibrate/calibrated_granule.h"
#include "decoders/sounder_granule.h"

namespace dl::decoders::mhs {

inline constexpr Seconds kSlotLength{180};

// The parts of the slot's lines are science packets. A band without usable references keeps its counts and says why;
// lines that are not of a scan have no values.
calibrate::CalibratedGranule calibrate_granule(const LineSlot& slot, const std::string& platform,
                                               const calibrate::CalibrationRequest& request,
                                               const calibrate::OrbitBook& orbits);

}  // namespace dl::decoders::mhs
