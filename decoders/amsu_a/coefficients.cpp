#include "decoders/amsu_a/coefficients.h"

#include <string>

#include <fmt/format.h>

#include "calibrate/geolocation/scan_geometry_row.h"
#include "decoders/row_numbers.h"

namespace dl::decoders::amsu_a {
namespace {

constexpr std::size_t kSensorTemperatures = 3;
constexpr std::size_t kPolynomialTerms = 4;

Failure unknown_detector(const calibrate::Row& row, std::string_view expected) {
  return fail(ErrorKind::corrupt,
              fmt::format("row '{}': detector '{}': expected {}", row.id, row.config.detector.value_or(""), expected));
}

Result<void> check_thermometers(const calibrate::Row& row) {
  for (const Unit& unit : kUnits) {
    if (row.config.detector == unit.name) return thermometers(row, unit).map([](const auto&) {});
  }
  return unknown_detector(row, "'a1' or 'a2'");
}

Result<void> check_non_linearity(const calibrate::Row& row) {
  // The redundant oscillator's: nothing that we know in a packet says that it is in use, and no granule asks for them.
  if (row.config.parameter_set != kPrimarySensor && row.config.parameter_set != kBackupSensor) return {};
  for (std::size_t module = 0; module < kModuleCount; ++module) {
    if (row.config.detector == kModules[module].name) return non_linearity(row, module).map([](const auto&) {});
  }
  return unknown_detector(row, "'a1-1', 'a1-2' or 'a2'");
}

Result<void> check_row(const calibrate::Table& table, const calibrate::Row& row) {
  if (table.quantity == kThermometerQuantity) return check_thermometers(row);
  if (table.quantity == kNonLinearityQuantity) return check_non_linearity(row);
  if (table.quantity == kRadiometryQuantity) return radiometry(row).map([](const auto&) {});
  if (table.quantity == calibrate::kScanGeometryQuantity) {
    return calibrate::scan_geometry(row, "amsu-a").map([](const auto&) {});
  }
  return {};
}

Result<BandNonLinearity> band_non_linearity(const calibrate::Row& row, std::string_view band) {
  BandNonLinearity out;
  DL_TRY(out.u, row_numbers(row, band, "u", kSensorTemperatures));
  DL_TRY(out.warm_correction_kelvin, row_numbers(row, band, "warm_correction_kelvin", kSensorTemperatures));
  DL_TRY(out.cold_correction_kelvin, row_number(row, band, "cold_correction_kelvin"));
  return out;
}

Result<Target> target(const calibrate::Row& row, const Module& module) {
  Target out;
  DL_TRY(out.thermometers, row_indices(row, module.name, "target_thermometers", kUnits[module.unit].thermometers));
  DL_TRY(out.weights, row_numbers(row, module.name, "weights", out.thermometers.size()));
  return out;
}

}  // namespace

Result<Thermometers> thermometers(const calibrate::Row& row, const Unit& unit) {
  Thermometers out;
  for (std::size_t i = 0; i < unit.thermometers; ++i) {
    DL_TRY(std::vector<double> polynomial, row_numbers(row, unit.name, std::to_string(i), kPolynomialTerms));
    out.push_back(std::move(polynomial));
  }
  return out;
}

Result<NonLinearity> non_linearity(const calibrate::Row& row, std::size_t module) {
  NonLinearity out;
  DL_TRY(out.thermometer, row_index(row, "sensor", "thermometer", kUnits[kModules[module].unit].thermometers));
  DL_TRY(out.temperature_kelvin, rising_row_numbers(row, "sensor", "temperature_kelvin", kSensorTemperatures));
  for (std::size_t band = 0; band < kBandCount; ++band) {
    if (kModuleOfBand[band] != module) continue;
    DL_TRY(out.bands[band], band_non_linearity(row, kBands[band].name));
  }
  return out;
}

Result<Radiometry> radiometry(const calibrate::Row& row) {
  Radiometry out;
  for (std::size_t band = 0; band < kBandCount; ++band) {
    DL_TRY(out.wavenumber_cm1[band], row_number(row, kBands[band].name, "wavenumber_cm1"));
  }
  for (std::size_t module = 0; module < kModuleCount; ++module) {
    DL_TRY(out.targets[module], target(row, kModules[module]));
  }
  DL_TRY(out.window_weights, window_weights(row, "views", "window_weights"));
  return out;
}

Result<void> check_rows(const calibrate::TableSet& tables) {
  for (const calibrate::Table& table : tables.tables()) {
    for (const calibrate::Row& row : table.rows) DL_CHECK(check_row(table, row));
  }
  return {};
}

}  // namespace dl::decoders::amsu_a
