// What the thermometers and the reference views of a granule say.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "calibrate/row_use.h"
#include "decoders/amsu_a/coefficients.h"
#include "decoders/amsu_a/packet.h"
#include "decoders/sounder_granule.h"

namespace dl::decoders::amsu_a {

// The guide states no limits for AMSU-A; these are ours. Thermometers of a target agree within a few tenths of a
// kelvin.
// A sensor that counts 0 says 263 K, one that counts all it can 325 K.
inline constexpr double kMinTarget_kelvin = 260;
inline constexpr double kMaxTarget_kelvin = 310;
inline constexpr double kMinInstrument_kelvin = 265;
inline constexpr double kMaxInstrument_kelvin = 320;
inline constexpr double kMaxThermometerOffset_kelvin = 3;
// The two looks of a view, and the views of the lines of a granule, agree within this share of what lies between space
// and target: 5 to 6 K, more than three times the noise of the noisiest band.
inline constexpr double kMaxViewOffset = 0.02;

// [line][unit]; none where it did not come.
using UnitLine = std::array<std::optional<UnitScan>, kUnitCount>;

// The rows that a granule uses, by quantity.
struct Rows {
  explicit Rows(const calibrate::CalibrationRequest& request);

  calibrate::RowUse thermometers;
  calibrate::RowUse non_linearity;
  calibrate::RowUse radiometry;

  void report(calibrate::Provenance& provenance) const;
};

// Of one band, [line], bridged where a line gave nothing.
struct BandReferences {
  SounderReferences views;
  std::vector<double> target_kelvin;  // with the warm correction
  std::vector<double> space_correction_kelvin;
  std::vector<double> u;
  std::string reason;  // why there are none; empty when there are
};

struct References {
  Radiometry radiometry;
  std::array<BandReferences, kBandCount> bands;
};

// Adds to `granule_lines` kLinePrtInvalid, kLineSpaceViewContaminated, kLineBlackBodyOutOfLimits,
// kLineCalibrationWindowShort and what follows from the rows. `lines` is as long.
References make_references(const std::vector<UnitLine>& lines, std::vector<calibrate::Line>& granule_lines, Rows& rows);

}  // namespace dl::decoders::amsu_a
