// Counts to reflectance and brightness temperature, with quality and provenance. Pure: the same granule, tables and
// location give the same bytes.
#pragma once

#include <string>

#include "calibrate/calibrated_granule.h"
#include "calibrate/row_use.h"
#include "decoders/avhrr3/location.h"
#include "decoders/avhrr3/raw_granule.h"

namespace dl::decoders::avhrr3 {

// How values become uint16.
inline constexpr double kReflectanceScale = 0.0001;
inline constexpr double kReflectanceOffset = -0.1;
inline constexpr double kTemperatureScale_kelvin = 0.01;
// Values outside are flagged; temperatures outside are not given either (pygac masks the same range).
inline constexpr double kMinTemperature_kelvin = 170;
inline constexpr double kMaxTemperature_kelvin = 350;
inline constexpr double kMaxReflectance = 1.5;
// Where the Sun stands lower there is no reflectance: the division by its cosine would magnify noise thirtyfold.
inline constexpr double kMaxSunZenith_deg = 88;

// A band without a valid row keeps its counts and says why. Without a grid, bands 1, 2 and 3A are scaled radiance:
// reflectance before the division by the cosine of the Sun's zenith angle.
calibrate::CalibratedGranule calibrate_granule(RawGranule raw, const std::string& platform,
                                               const calibrate::CalibrationRequest& request, Location location);

}  // namespace dl::decoders::avhrr3
