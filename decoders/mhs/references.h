// What the thermometers and the reference views of a granule say.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "calibrate/row_use.h"
#include "calibrate/thermometers.h"
#include "decoders/mhs/coefficients.h"
#include "decoders/mhs/packet.h"
#include "decoders/sounder_granule.h"

namespace dl::decoders::mhs {

// The thermometers of the target agree within a few tenths of a kelvin.
inline constexpr double kMaxPrtOffset_kelvin = 3;

// The temperature of the target by its own fit of the bridge's resistors. NaN, and not all good, where the bridge
// cannot be; a thermometer without a polynomial is left out.
calibrate::ThermometerMean target_temperature(const ScanLine& line,
                                              const std::array<double, kResistorCount>& resistors_ohm,
                                              const std::array<std::optional<Thermometer>, kPrtCount>& thermometers,
                                              const Radiometry& radiometry);

// The rows that a granule uses, by quantity.
struct Rows {
  explicit Rows(const calibrate::CalibrationRequest& request);

  calibrate::RowUse thermometers;
  calibrate::RowUse bridge;
  calibrate::RowUse non_linearity;
  calibrate::RowUse radiometry;

  void report(calibrate::Provenance& provenance) const;
};

// Of every line, smoothed and bridged. A line that is not there, or not in scan mode, has no part in it.
struct References {
  std::string reason;  // why there are none; empty when there are
  Radiometry radiometry;
  std::vector<double> target_kelvin;                // [line]
  std::array<std::vector<double>, kBandCount> u;    // [band][line]
  std::array<SounderReferences, kBandCount> views;  // [band]
};

// Adds to `granule_lines` kLinePrtInvalid, kLineSpaceViewContaminated, kLineBlackBodyOutOfLimits,
// kLineCalibrationWindowShort and what follows from the rows. `lines` is as long.
References make_references(const std::vector<std::optional<ScanLine>>& lines,
                           std::vector<calibrate::Line>& granule_lines, Rows& rows);

}  // namespace dl::decoders::mhs
