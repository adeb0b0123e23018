#include "decoders/sounder_granule.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "calibrate/geolocation/locate.h"
#include "calibrate/geolocation/scan_geometry_row.h"
#include "calibrate/known_events.h"

namespace dl::decoders {
namespace {

using calibrate::kNoData;

constexpr std::uint16_t kMaxCount = 65535;

bool has_value(const std::vector<double>& series) {
  return std::any_of(series.begin(), series.end(), [](double value) { return !std::isnan(value); });
}

std::uint8_t saturation(std::uint16_t count) {
  return count == 0 || count == kMaxCount ? std::uint8_t{calibrate::kPixelSaturated} : std::uint8_t{0};
}

void locate_granule(calibrate::CalibratedGranule& granule, std::string_view scanner,
                    const calibrate::CalibrationRequest& request, const calibrate::OrbitBook& orbits) {
  calibrate::RowUse rows(request, calibrate::kScanGeometryQuantity);
  const calibrate::SelectedRow* selected = rows.at(granule.slot_start);
  if (selected == nullptr) {
    granule.ungeolocated_reason = rows.reason();
    return;
  }
  const auto geometry = calibrate::scan_geometry(*selected->row, scanner);
  if (!geometry) {
    granule.ungeolocated_reason = geometry.error().message;
    return;
  }
  calibrate::locate(granule, *geometry, orbits);
  if (granule.tie_grid) rows.report("all", granule.provenance);
}

}  // namespace

bool SounderReferences::usable() const {
  return has_value(space.values) && has_value(target.values);
}

SounderBandWriter::SounderBandWriter(const SounderBand& band, std::size_t lines, std::size_t pixels) : pixels_(pixels) {
  band_.name = band.name;
  band_.description = band.description;
  band_.center_frequency_ghz = band.center_frequency_ghz;
  band_.values.assign(lines * pixels, kNoData);
  quality_.assign(lines * pixels, calibrate::kPixelNoData);
}

void SounderBandWriter::write_counts(std::size_t line, std::span<const std::uint16_t> counts) {
  for (std::size_t x = 0; x < pixels_; ++x) {
    // The greatest count is that of no data, and is saturated anyway.
    band_.values[line * pixels_ + x] = counts[x];
    quality_[line * pixels_ + x] = counts[x] == kNoData
                                       ? std::uint8_t{calibrate::kPixelNoData | calibrate::kPixelSaturated}
                                       : saturation(counts[x]);
  }
}

void SounderBandWriter::write_temperatures(std::size_t line, std::span<const std::uint16_t> counts,
                                           const calibrate::QuadraticCurve& curve,
                                           const calibrate::PlanckBand& planck) {
  for (std::size_t x = 0; x < pixels_; ++x) {
    const double radiance = curve.radiance_of(counts[x]);
    const double kelvin = calibrate::brightness_temperature_of(planck, radiance);
    unsigned quality = saturation(counts[x]);
    if (!(radiance > 0)) quality |= calibrate::kPixelBelowSpace;
    std::uint16_t value = kNoData;
    if (kelvin >= kMinSounderTemperature_kelvin && kelvin <= kMaxSounderTemperature_kelvin) {  // false for NaN
      value = static_cast<std::uint16_t>(std::lround(kelvin / kSounderTemperatureScale_kelvin));
    } else {
      quality |= calibrate::kPixelOutOfRange | calibrate::kPixelNoData;
    }
    band_.values[line * pixels_ + x] = value;
    quality_[line * pixels_ + x] = static_cast<std::uint8_t>(quality);
  }
}

void SounderBandWriter::finish_temperatures(calibrate::CalibratedGranule& granule) && {
  band_.quantity = calibrate::Quantity::brightness_temperature;
  band_.unit = "K";
  band_.scale = kSounderTemperatureScale_kelvin;
  granule.bands.push_back(std::move(band_));
  granule.quality.push_back(std::move(quality_));
}

void SounderBandWriter::finish_counts(calibrate::CalibratedGranule& granule, std::string reason) && {
  band_.unit = "counts";
  band_.uncalibrated_reason = std::move(reason);
  granule.bands.push_back(std::move(band_));
  granule.quality.push_back(std::move(quality_));
}

calibrate::CalibratedGranule begin_sounder_granule(const SounderDescription& description, const std::string& platform,
                                                   const calibrate::CalibrationRequest& request, const LineSlot& slot) {
  calibrate::CalibratedGranule granule;
  granule.platform = platform;
  granule.instrument = description.id;
  granule.slot_start = slot.start;
  granule.slot_length = description.slot_length;
  granule.line_count = slot.lines.size();
  granule.pixel_count = description.pixels;
  for (const SlotLine& line : slot.lines) granule.lines.push_back({line.time, line.flags});
  calibrate::Provenance& provenance = granule.provenance;
  provenance.calibration_profile = request.profile;
  provenance.calibration_set_sha256 = request.tables->sha256();
  if (request.known_at) provenance.known_at = format_utc(*request.known_at);
  provenance.packets_sha256 = slot.packets_sha256;
  provenance.packets = slot.packets;
  provenance.symbols_corrected = slot.symbols_corrected;
  provenance.gaps = slot.gaps;
  return granule;
}

void finish_sounder_granule(calibrate::CalibratedGranule& granule, const SounderDescription& description,
                            const calibrate::CalibrationRequest& request, const calibrate::OrbitBook& orbits) {
  calibrate::apply_events(granule, request);
  locate_granule(granule, description.scanner, request, orbits);
  const bool calibrated = std::any_of(granule.bands.begin(), granule.bands.end(),
                                      [](const calibrate::Band& band) { return band.uncalibrated_reason.empty(); });
  granule.level = granule.tie_grid && calibrated ? "L1B" : "L1A";
}

std::optional<calibrate::QuadraticCurve> sounder_curve(const calibrate::PlanckBand& planck, double space_count,
                                                       double target_count, double space_correction_kelvin,
                                                       double target_kelvin, double u) {
  // Only the target's temperature takes the band correction (KLM User's Guide 7.6.6: R(2.73 + dT), R(T_w')).
  const calibrate::PlanckBand monochromatic{planck.wavenumber_cm1};
  return calibrate::two_point_curve(
      {space_count, calibrate::radiance_of(monochromatic, kSpaceTemperature_kelvin + space_correction_kelvin)},
      {target_count, calibrate::radiance_of(planck, target_kelvin)}, u);
}

}  // namespace dl::decoders
