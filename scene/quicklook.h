// A picture for people: shows at a glance whether the pass was received and where it is cloudy. Not a product.
#pragma once

#include "calibrate/calibrated_granule.h"
#include "scene/png.h"

namespace dl::scene {

inline constexpr std::size_t kQuicklookMaxWidth = 1024;

// Lines and pixels thinned by one whole number to at most kQuicklookMaxWidth pixels, by averaging what is valid.
// Each channel is stretched from its 2nd to its 98th percentile: reflected light with a gamma that lifts the
// dark end, brightness temperature inverted (cold is white, so that clouds look like clouds), counts as they are.
// Colour from three `quicklook_bands`, grey from one; grey from the first band where those named are not there.
// Transparent where no channel has a value. Needs a granule whose arrays have the sizes that it states.
Picture make_quicklook(const calibrate::CalibratedGranule& granule);

}  // namespace dl::scene
