#include "decoders/avhrr3/coefficients.h"

#include <string>

#include <fmt/format.h>

#include "calibrate/geolocation/scan_geometry_row.h"
#include "calibrate/time_model.h"
#include "decoders/avhrr3/bands.h"
#include "decoders/avhrr3/packet.h"

namespace dl::decoders::avhrr3 {
namespace {

// The numbers, `count` of them, or at least one where `count` is 0.
Result<std::vector<double>> numbers(const calibrate::Row& row, std::string_view axis, std::string_view name,
                                    std::size_t count) {
  const std::vector<double>* found = row.find(axis, name);
  if (found != nullptr && (count == 0 || found->size() == count)) return *found;
  return fail(ErrorKind::corrupt, fmt::format("row '{}': expected {} number(s) '{}' of '{}', found {}", row.id, count,
                                              name, axis, found == nullptr ? 0 : found->size()));
}

Result<double> number(const calibrate::Row& row, std::string_view axis, std::string_view name) {
  DL_TRY(const std::vector<double> found, numbers(row, axis, name, 1));
  return found[0];
}

Result<void> check_row(const calibrate::Table& table, const calibrate::Row& row) {
  if (table.quantity == kClockQuantity) return clock_offset_s(row).map([](double) {});
  if (table.quantity == kPrtQuantity) return prt_polynomials(row).map([](const auto&) {});
  if (table.quantity == kGeometryQuantity) return scan_geometry(row).map([](const auto&) {});
  for (const BandInfo& band : kBands) {
    // A satellite may have no numbers of a band that it hardly ever sent.
    if (table.quantity == kVisibleQuantity && !band.thermal && row.values.contains(std::string(band.name))) {
      DL_CHECK(visible_gain(calibrate::evaluate(table, row, row.valid_from), band.name).map([](const auto&) {}));
    }
    if (table.quantity == kThermalQuantity && band.thermal) {
      DL_CHECK(thermal_coefficients(row, band.name).map([](const auto&) {}));
    }
  }
  return {};
}

}  // namespace

Result<calibrate::DualGain> visible_gain(const calibrate::Row& row, std::string_view band) {
  DL_TRY(const std::vector<double> low, numbers(row, band, "lo", 2));
  DL_TRY(const std::vector<double> high, numbers(row, band, "hi", 2));
  DL_TRY(const double cut, number(row, band, "cut"));
  return calibrate::DualGain{{low[0], low[1]}, {high[0], high[1]}, cut};
}

Result<double> clock_offset_s(const calibrate::Row& row) {
  return number(row, "clock", "offset_s");
}

Result<ThermalCoefficients> thermal_coefficients(const calibrate::Row& row, std::string_view band) {
  ThermalCoefficients out;
  DL_TRY(out.planck.wavenumber_cm1, number(row, band, "wavenumber_cm1"));
  DL_TRY(const std::vector<double> correction, numbers(row, band, "band_correction", 2));
  out.planck.a_kelvin = correction[0];
  out.planck.b = correction[1];
  DL_TRY(out.space_radiance, number(row, band, "space_radiance"));
  DL_TRY(const std::vector<double> quadratic, numbers(row, band, "nonlinearity", 3));
  out.nonlinearity = {quadratic[0], quadratic[1], quadratic[2]};
  return out;
}

Result<std::array<PrtPolynomial, kPrtCount>> prt_polynomials(const calibrate::Row& row) {
  std::array<PrtPolynomial, kPrtCount> out;
  for (std::size_t i = 0; i < kPrtCount; ++i) {
    DL_TRY(out[i], numbers(row, std::to_string(i + 1), "polynomial", 0));
  }
  return out;
}

Result<calibrate::ScanGeometry> scan_geometry(const calibrate::Row& row) {
  DL_TRY(auto geometry, calibrate::scan_geometry(row, "avhrr"));
  if (geometry.pixel_count != kPixels) {
    return fail(ErrorKind::corrupt,
                fmt::format("row '{}': expected {} pixels, found {}", row.id, kPixels, geometry.pixel_count));
  }
  return geometry;
}

Result<void> check_rows(const calibrate::TableSet& tables) {
  for (const calibrate::Table& table : tables.tables()) {
    for (const calibrate::Row& row : table.rows) {
      if (auto checked = check_row(table, row); !checked) {
        return Failure(checked.error().in(fmt::format("calibration table '{}'", table.name)));
      }
    }
  }
  return {};
}

}  // namespace dl::decoders::avhrr3
