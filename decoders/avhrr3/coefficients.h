// The numbers of a table row as this instrument uses them.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "calibrate/dual_gain.h"
#include "calibrate/geolocation/scan_geometry.h"
#include "calibrate/planck.h"
#include "calibrate/table_set.h"
#include "core/error.h"

namespace dl::decoders::avhrr3 {

// The quantities of our tables.
inline constexpr std::string_view kVisibleQuantity = "scaled_radiance";     // %, per band: lo, hi, cut
inline constexpr std::string_view kThermalQuantity = "thermal_radiance";    // per band, see ThermalCoefficients
inline constexpr std::string_view kClockQuantity = "clock_offset";          // s, of the spacecraft's clock
inline constexpr std::string_view kPrtQuantity = "black_body_temperature";  // K, per thermometer 1 to 4: polynomial
inline constexpr std::string_view kGeometryQuantity = "scan_geometry";

// NOAA KLM User's Guide 7.1.2.4: band correction and centroid (Planck), radiance of space, quadratic correction.
struct ThermalCoefficients {
  calibrate::PlanckBand planck;
  double space_radiance = 0;
  std::array<double, 3> nonlinearity{};  // added: b0 + b1 N + b2 N^2
};

using PrtPolynomial = std::vector<double>;  // kelvin from counts, lowest power first
inline constexpr std::size_t kPrtCount = 4;

// Kind corrupt when the row has no such values, or not as many as expected.
Result<calibrate::DualGain> visible_gain(const calibrate::Row& row, std::string_view band);
// How far the clock is ahead of UTC.
Result<double> clock_offset_s(const calibrate::Row& row);
Result<ThermalCoefficients> thermal_coefficients(const calibrate::Row& row, std::string_view band);
Result<std::array<PrtPolynomial, kPrtCount>> prt_polynomials(const calibrate::Row& row);
Result<calibrate::ScanGeometry> scan_geometry(const calibrate::Row& row);

// Every row of the set has the values that its quantity needs, so that a granule cannot fail for it later.
Result<void> check_rows(const calibrate::TableSet& tables);

}  // namespace dl::decoders::avhrr3
