// The numbers of a table row as this instrument uses them.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "calibrate/table_set.h"
#include "core/error.h"
#include "decoders/amsu_a/bands.h"
#include "decoders/amsu_a/packet.h"

namespace dl::decoders::amsu_a {

// The quantities of our tables, and the state of the instrument on which their rows depend.
inline constexpr std::string_view kThermometerQuantity = "thermometer";    // detector: the unit
inline constexpr std::string_view kNonLinearityQuantity = "nonlinearity";  // detector: the module; parameter set
inline constexpr std::string_view kRadiometryQuantity = "radiometry";
inline constexpr std::string_view kPrimarySensor = "primary";
inline constexpr std::string_view kBackupSensor = "backup";

// Of every sensor of a unit: kelvin from half its count.
using Thermometers = std::vector<std::vector<double>>;

// Of one band, at three temperatures of the instrument.
struct BandNonLinearity {
  std::vector<double> u;
  std::vector<double> warm_correction_kelvin;
  double cold_correction_kelvin = 0;
};

// Of one module with one of its sensors.
struct NonLinearity {
  std::size_t thermometer = 0;
  std::vector<double> temperature_kelvin;
  std::array<BandNonLinearity, kBandCount> bands;  // of the module's; the others are empty
};

struct Target {
  std::vector<std::size_t> thermometers;
  std::vector<double> weights;
};

struct Radiometry {
  std::array<double, kBandCount> wavenumber_cm1{};
  std::array<Target, kModuleCount> targets;
  std::vector<double> window_weights;
};

// Kind corrupt when the row has no such values, or not as many as expected.
Result<Thermometers> thermometers(const calibrate::Row& row, const Unit& unit);
Result<NonLinearity> non_linearity(const calibrate::Row& row, std::size_t module);
Result<Radiometry> radiometry(const calibrate::Row& row);

// Every row of the set that a granule can meet has the values that its quantity needs, so that a granule cannot fail
// for it later.
Result<void> check_rows(const calibrate::TableSet& tables);

}  // namespace dl::decoders::amsu_a
