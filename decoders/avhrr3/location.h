// Where the lines of a granule lie, or why that is not known.
#pragma once

#include <optional>
#include <string>

#include "calibrate/calibrated_granule.h"
#include "calibrate/geolocation/orbit_book.h"
#include "calibrate/row_use.h"
#include "decoders/avhrr3/raw_granule.h"

namespace dl::decoders::avhrr3 {

struct Location {
  std::optional<calibrate::TieGrid> grid;
  std::string reason;  // empty when there is a grid
  calibrate::Footprint footprint;
  calibrate::OrbitSource orbit;
  std::string attitude_model;
  std::string orbit_state;
  std::uint32_t absolute_orbit = 0;
  std::optional<calibrate::UsedRow> geometry_row;
  std::string remark;  // about the element set
};

Location locate(const RawGranule& granule, const calibrate::CalibrationRequest& request,
                const calibrate::OrbitBook& orbits);

}  // namespace dl::decoders::avhrr3
