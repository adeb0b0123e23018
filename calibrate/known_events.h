// What is known of the instrument in the time of a granule goes into its provenance, its lines and its values.
#pragma once

#include <cstddef>
#include <functional>

#include "calibrate/calibrated_granule.h"
#include "calibrate/row_use.h"

namespace dl::calibrate {

// Whether the granule's line was to have values of the band; both are indices.
using CarriesBand = std::function<bool(std::size_t band, std::size_t line)>;

// Every event of the request's profile that touches the granule and one of its bands is named in the provenance.
// kLineKnownBadEpoch on the lines in its interval that carry such a band; where it excludes, those bands have no data
// there. Bands, quality and lines are there. An event about no band in particular is about all.
void apply_events(CalibratedGranule& granule, const CalibrationRequest& request, const CarriesBand& carries);
// Where every line that was received carries every band.
void apply_events(CalibratedGranule& granule, const CalibrationRequest& request);

}  // namespace dl::calibrate
