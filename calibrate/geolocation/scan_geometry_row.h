// A scan geometry from a row of a table (docs/formats/calibration-table.md, quantity "scan_geometry").
#pragma once

#include <string_view>

#include "calibrate/geolocation/scan_geometry.h"
#include "calibrate/table.h"
#include "core/error.h"

namespace dl::calibrate {

inline constexpr std::string_view kScanGeometryQuantity = "scan_geometry";

// The values of `scanner` ("avhrr", "mhs", "amsu-a1"), one number each:
//   pixels, sample_interval_us, lines_per_second, roll_deg, pitch_deg, yaw_deg, yaw_steering (0 or 1);
//   edge_scan_angle_deg: of the first pixel, the last one is opposite (cross-track), or
//   cone_angle_deg, first_azimuth_deg and last_azimuth_deg (conical);
//   optional: first_sample_offset_us, dwell_us (0), tie_step (8).
// Kind corrupt, with the row's id, when one is missing, or is not a number that a geometry can have.
Result<ScanGeometry> scan_geometry(const Row& row, std::string_view scanner);

}  // namespace dl::calibrate
