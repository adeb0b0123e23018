// The numbers of a table row as this instrument uses them.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "calibrate/planck.h"
#include "calibrate/reference_series.h"
#include "calibrate/table_set.h"
#include "core/error.h"
#include "decoders/mhs/packet.h"

namespace dl::decoders::mhs {

// The quantities of our tables, and the state of the instrument on which their rows depend.
inline constexpr std::string_view kThermometerQuantity = "target_thermometer";  // side, detector "prt-1" to "prt-5"
inline constexpr std::string_view kBridgeQuantity = "bridge_resistors";         // side
inline constexpr std::string_view kNonLinearityQuantity = "nonlinearity";       // parameter set: which sensor
inline constexpr std::string_view kRadiometryQuantity = "radiometry";
inline constexpr std::string_view kPrimarySensor = "primary";
inline constexpr std::string_view kBackupSensor = "backup";

struct Thermometer {
  std::vector<double> polynomial;  // kelvin from ohm
  double weight = 0;               // in the mean of the target
};

// Of one thermistor of the instrument: u of every band at three of its temperatures.
struct NonLinearity {
  std::size_t thermistor = 0;
  std::vector<double> temperature_kelvin;
  std::array<std::vector<double>, kBandCount> u;
};

struct BandRadiometry {
  calibrate::PlanckBand planck;
  double space_correction_kelvin = 0;  // of the space view profile in use
  double rejection_limit_counts = 0;
};

struct Radiometry {
  std::array<BandRadiometry, kBandCount> bands;
  calibrate::SampleLimits space_limits;  // without the rejection limit, which is the band's
  calibrate::SampleLimits target_limits;
  std::vector<double> window_weights;
  std::vector<double> thermistor_polynomial;  // kelvin from counts
  double min_kelvin = 0;                      // gross limits of the thermometers
  double max_kelvin = 0;
};

// Kind corrupt when the row has no such values, or not as many as expected.
Result<Thermometer> thermometer(const calibrate::Row& row);
Result<std::array<double, kResistorCount>> bridge_resistors_ohm(const calibrate::Row& row);
Result<NonLinearity> non_linearity(const calibrate::Row& row);
Result<Radiometry> radiometry(const calibrate::Row& row);

// Every row of the set has the values that its quantity needs, so that a granule cannot fail for it later.
Result<void> check_rows(const calibrate::TableSet& tables);

}  // namespace dl::decoders::mhs
