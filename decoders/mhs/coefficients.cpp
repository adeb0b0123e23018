#include "decoders/mhs/coefficients.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "calibrate/geolocation/scan_geometry_row.h"
#include "decoders/row_numbers.h"

namespace dl::decoders::mhs {
namespace {

constexpr std::size_t kSpaceViewProfiles = 4;
constexpr std::size_t kSensorTemperatures = 3;

Result<BandRadiometry> band_radiometry(const calibrate::Row& row, std::string_view band, std::size_t profile) {
  BandRadiometry out;
  DL_TRY(out.planck.wavenumber_cm1, row_number(row, band, "wavenumber_cm1"));
  DL_TRY(const std::vector<double> correction, row_numbers(row, band, "band_correction", 2));
  out.planck.a_kelvin = correction[0];
  out.planck.b = correction[1];
  DL_TRY(const auto space, row_numbers(row, band, "cold_space_correction_kelvin", kSpaceViewProfiles));
  out.space_correction_kelvin = space[profile];
  DL_TRY(out.rejection_limit_counts, row_number(row, band, "rejection_limit_counts"));
  return out;
}

Result<calibrate::SampleLimits> sample_limits(const calibrate::Row& row, std::string_view name) {
  DL_TRY(const std::vector<double> limits, row_numbers(row, "views", name, 2));
  return calibrate::SampleLimits{limits[0], limits[1]};
}

Result<void> check_row(const calibrate::Table& table, const calibrate::Row& row) {
  if (table.quantity == kThermometerQuantity) return thermometer(row).map([](const auto&) {});
  if (table.quantity == kBridgeQuantity) return bridge_resistors_ohm(row).map([](const auto&) {});
  if (table.quantity == kNonLinearityQuantity) return non_linearity(row).map([](const auto&) {});
  if (table.quantity == kRadiometryQuantity) return radiometry(row).map([](const auto&) {});
  if (table.quantity == calibrate::kScanGeometryQuantity) {
    return calibrate::scan_geometry(row, "mhs").map([](const auto&) {});
  }
  return {};
}

}  // namespace

Result<Thermometer> thermometer(const calibrate::Row& row) {
  Thermometer out;
  DL_TRY(out.polynomial, row_numbers(row, "prt", "polynomial", 4));
  DL_TRY(out.weight, row_number(row, "prt", "weight"));
  return out;
}

Result<std::array<double, kResistorCount>> bridge_resistors_ohm(const calibrate::Row& row) {
  DL_TRY(const std::vector<double> ohm, row_numbers(row, "resistors", "ohm", kResistorCount));
  std::array<double, kResistorCount> out{};
  std::copy(ohm.begin(), ohm.end(), out.begin());
  return out;
}

Result<NonLinearity> non_linearity(const calibrate::Row& row) {
  NonLinearity out;
  DL_TRY(out.thermistor, row_index(row, "sensor", "thermistor", kThermistorCount));
  DL_TRY(out.temperature_kelvin, rising_row_numbers(row, "sensor", "temperature_kelvin", kSensorTemperatures));
  for (std::size_t band = 0; band < kBandCount; ++band) {
    DL_TRY(out.u[band], row_numbers(row, kBands[band].name, "u", kSensorTemperatures));
  }
  return out;
}

Result<Radiometry> radiometry(const calibrate::Row& row) {
  Radiometry out;
  DL_TRY(const std::size_t profile, row_index(row, "views", "space_view_profile", kSpaceViewProfiles));
  for (std::size_t band = 0; band < kBandCount; ++band) {
    DL_TRY(out.bands[band], band_radiometry(row, kBands[band].name, profile));
  }
  DL_TRY(out.space_limits, sample_limits(row, "space_limits_counts"));
  DL_TRY(out.target_limits, sample_limits(row, "target_limits_counts"));
  DL_TRY(out.window_weights, window_weights(row, "views", "window_weights"));
  DL_TRY(out.thermistor_polynomial, row_numbers(row, "temperatures", "thermistor_polynomial", 5));
  DL_TRY(const std::vector<double> limits, row_numbers(row, "temperatures", "limits_kelvin", 2));
  out.min_kelvin = limits[0];
  out.max_kelvin = limits[1];
  return out;
}

Result<void> check_rows(const calibrate::TableSet& tables) {
  for (const calibrate::Table& table : tables.tables()) {
    for (const calibrate::Row& row : table.rows) DL_CHECK(check_row(table, row));
  }
  return {};
}

}  // namespace dl::decoders::mhs
