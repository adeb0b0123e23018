// Which bands make a picture that an operator recognises.
#pragma once

#include <string>
#include <vector>

#include "calibrate/calibrated_granule.h"

namespace dl::decoders::avhrr3 {

// By day (the Sun higher than 10 degrees over more than half of the tie points): 3A, 2, 1 as red, green, blue, in which
// snow is cyan and plants are green; with 3B active 1, 2, 4. Otherwise, and where the place is not known, band 4.
std::vector<std::string> quicklook_bands(const calibrate::CalibratedGranule& granule);

}  // namespace dl::decoders::avhrr3
