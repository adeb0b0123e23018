#include "decoders/avhrr3/calibrator.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "calibrate/earth_sun.h"
#include "calibrate/known_events.h"
#include "calibrate/tie_interpolation.h"
#include "decoders/avhrr3/band_writer.h"
#include "decoders/avhrr3/quicklook.h"
#include "decoders/avhrr3/references.h"
#include "decoders/avhrr3/temperature_steps.h"

namespace dl::decoders::avhrr3 {
namespace {

using calibrate::CalibratedGranule;
using calibrate::Quantity;

// One granule on its way: what goes in, what comes out.
struct Work {
  RawGranule& raw;
  const calibrate::CalibrationRequest& request;
  CalibratedGranule& out;
  double sun_factor = 1;  // square of the distance of Earth and Sun in au

  [[nodiscard]] bool carries(const BandInfo& band, std::size_t line) const {
    const RawLine& there = raw.lines[line];
    return there.received && (band.slot != kSlot3 || there.scan.channel_3b == band.thermal);
  }
  [[nodiscard]] bool present(const BandInfo& band) const {
    return band.slot != kSlot3 || raw.has_channel_3(band.thermal);
  }
};

std::vector<BandInfo> present_bands(const Work& work, bool thermal) {
  std::vector<BandInfo> bands;
  for (const BandInfo& band : kBands) {
    if (band.thermal == thermal && work.present(band)) bands.push_back(band);
  }
  return bands;
}

std::string names_of(const std::vector<BandInfo>& bands) {
  std::string names;
  for (const BandInfo& band : bands) names += (names.empty() ? "" : ",") + std::string(band.name);
  return names;
}

// The band as it was sent, and why it is no more than that.
void write_counts(Work& work, const BandInfo& band, const std::string& reason) {
  const LookUp look_up = count_look_up();
  BandWriter writer(band, work.raw.lines.size());
  writer.set_uncalibrated(reason);
  for (std::size_t line = 0; line < work.raw.lines.size(); ++line) {
    if (work.carries(band, line)) writer.write(line, work.raw.lines[line].scan.counts(band.slot), look_up);
  }
  std::move(writer).finish(work.out);
}

// The rows of the lines of each band, nullptr where there is none.
using BandRows = std::vector<std::vector<const calibrate::Row*>>;  // [band][line]

// The row of a line, whose flags are set by it.
const calibrate::Row* row_of(RawLine& line, calibrate::RowUse& use, std::string_view band) {
  const calibrate::SelectedRow* selected = use.at(line.scan.time, {}, band);
  line.flags |= calibrate::line_flags_of(selected);
  return selected == nullptr ? nullptr : selected->row;
}

BandRows rows_of(Work& work, const std::vector<BandInfo>& bands, calibrate::RowUse& use) {
  BandRows rows(bands.size());
  for (std::size_t line = 0; line < work.raw.lines.size(); ++line) {
    for (std::size_t i = 0; i < bands.size(); ++i) {
      rows[i].push_back(work.carries(bands[i], line) ? row_of(work.raw.lines[line], use, bands[i].name) : nullptr);
    }
  }
  return rows;
}

bool any_row(const std::vector<const calibrate::Row*>& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const calibrate::Row* row) { return row != nullptr; });
}

ScaledRadiance scaled_radiance(const calibrate::DualGain& gain, double sun_factor) {
  ScaledRadiance scaled{};
  for (std::size_t count = 0; count < kCounts; ++count)
    scaled[count] = gain.at(static_cast<double>(count)) / 100 * sun_factor;
  return scaled;
}

// A solar band on its way through the lines.
class SolarBand {
 public:
  SolarBand(const Work& work, const BandInfo& info, const std::vector<const calibrate::Row*>& rows)
      : info_(info), rows_(rows), writer_(info, rows.size()) {
    const bool located = work.out.tie_grid.has_value();
    writer_.set_quantity(located ? Quantity::reflectance : Quantity::scaled_radiance, "1", kReflectanceScale,
                         kReflectanceOffset);
    if (!located) {
      writer_.set_uncalibrated("not divided by the cosine of the Sun's zenith angle: " + work.out.ungeolocated_reason);
    }
  }

  // `sun` is nullptr where there is no location.
  void write(const Work& work, std::size_t line, const SunLine* sun) {
    const calibrate::Row* row = rows_[line];
    if (row == nullptr) return;
    if (row != tabulated_) tabulate(*row, work.sun_factor);
    const auto counts = work.raw.lines[line].scan.counts(info_.slot);
    if (sun == nullptr) {
      writer_.write(line, counts, look_up_);
    } else {
      writer_.write(line, counts, scale_, *sun);
    }
  }

  void finish(Work& work) && { std::move(writer_).finish(work.out); }

 private:
  void tabulate(const calibrate::Row& row, double sun_factor) {
    tabulated_ = &row;
    scale_ = solar_scale(scaled_radiance(*visible_gain(row, info_.name), sun_factor));
    look_up_ = scaled_radiance_look_up(scale_.scaled);
  }

  BandInfo info_;
  const std::vector<const calibrate::Row*>& rows_;
  BandWriter writer_;
  const calibrate::Row* tabulated_ = nullptr;
  SolarScale scale_;
  LookUp look_up_{};
};

void write_solar_bands(Work& work, const std::vector<BandInfo>& bands, const BandRows& rows) {
  std::vector<SolarBand> solar;
  for (std::size_t i = 0; i < bands.size(); ++i) {
    if (any_row(rows[i])) solar.emplace_back(work, bands[i], rows[i]);
  }
  if (solar.empty()) return;
  std::optional<calibrate::CosineInterpolator> interpolator;
  const auto& grid = work.out.tie_grid;
  if (grid) interpolator.emplace(*grid, grid->sun_zenith_deg);
  SunLine sun;
  for (std::size_t line = 0; line < work.raw.lines.size(); ++line) {
    if (!work.raw.lines[line].received) continue;
    if (interpolator) {
      interpolator->line(line, sun.cosine);
      find_inverse(sun);
    }
    for (SolarBand& band : solar) band.write(work, line, interpolator ? &sun : nullptr);
  }
  for (SolarBand& band : solar) std::move(band).finish(work);
}

void calibrate_solar(Work& work) {
  const std::vector<BandInfo> bands = present_bands(work, false);
  calibrate::RowUse use(work.request, kVisibleQuantity);
  const BandRows rows = rows_of(work, bands, use);
  write_solar_bands(work, bands, rows);
  for (std::size_t i = 0; i < bands.size(); ++i) {
    if (!any_row(rows[i])) write_counts(work, bands[i], use.reason(bands[i].name));
  }
  if (!use.any()) return;
  use.report("", work.out.provenance);
  work.out.provenance.algorithms.emplace_back("avhrr-3/visible-dual-gain/1");
  work.out.provenance.earth_sun_distance_au = calibrate::earth_sun_distance_au(work.raw.slot_start + kSlotLength / 2);
}

// False when no line had the two references of this band.
bool write_thermal_band(Work& work, const BandInfo& band, const std::vector<const calibrate::Row*>& rows,
                        const References& references) {
  BandWriter writer(band, work.raw.lines.size());
  writer.set_quantity(Quantity::brightness_temperature, "K", kTemperatureScale_kelvin, 0);
  const calibrate::Row* tabulated = nullptr;
  ThermalCoefficients coefficients;
  std::optional<TemperatureSteps> steps;
  LookUp look_up{};
  for (std::size_t line = 0; line < rows.size(); ++line) {
    if (rows[line] == nullptr) continue;
    const auto reference = references.at(line, band.slot);
    if (!reference) return false;
    if (rows[line] != tabulated) {
      tabulated = rows[line];
      coefficients = *thermal_coefficients(*tabulated, band.name);
      steps.emplace(coefficients.planck);
    }
    const auto counts = work.raw.lines[line].scan.counts(band.slot);
    find_temperatures({&*steps, band.slot == kSlot3}, ThermalCurve(coefficients, *reference), reference->space_count,
                      counts.first<kPixels>(), look_up);
    writer.write(line, counts, look_up);
  }
  std::move(writer).finish(work.out);
  return true;
}

References thermal_references(Work& work, calibrate::RowUse& use) {
  std::vector<const calibrate::Row*> rows;
  for (RawLine& line : work.raw.lines) rows.push_back(line.received ? row_of(line, use, {}) : nullptr);
  const auto any = std::find_if(rows.begin(), rows.end(), [](const calibrate::Row* row) { return row != nullptr; });
  if (any == rows.end()) return {};
  std::vector<std::array<PrtPolynomial, kPrtCount>> polynomials;
  const calibrate::Row* read = nullptr;
  for (const calibrate::Row* row : rows) {
    // A line without a row of its own is interpolated over anyway.
    const calibrate::Row* here = row == nullptr ? *any : row;
    polynomials.push_back(here == read ? polynomials.back() : *prt_polynomials(*here));
    read = here;
  }
  return References::smooth(work.raw, polynomials);
}

void calibrate_thermal(Work& work) {
  const std::vector<BandInfo> bands = present_bands(work, true);
  calibrate::RowUse prt_use(work.request, kPrtQuantity);
  calibrate::RowUse band_use(work.request, kThermalQuantity);
  const References references = thermal_references(work, prt_use);
  const BandRows rows = rows_of(work, bands, band_use);
  const std::string obstacle = prt_use.any() ? references.reason() : prt_use.reason();
  for (std::size_t i = 0; i < bands.size(); ++i) {
    if (!any_row(rows[i])) {
      write_counts(work, bands[i], band_use.reason(bands[i].name));
    } else if (!obstacle.empty()) {
      write_counts(work, bands[i], obstacle);
    } else if (!write_thermal_band(work, bands[i], rows[i], references)) {
      write_counts(work, bands[i], "no line has usable views of space and of the black body");
    }
  }
  if (!obstacle.empty() || !band_use.any()) {
    for (RawLine& line : work.raw.lines) {
      if (line.received) line.flags |= calibrate::kLineUncalibrated;
    }
    return;
  }
  prt_use.report(names_of(bands), work.out.provenance);
  band_use.report("", work.out.provenance);
  work.out.provenance.algorithms.emplace_back("avhrr-3/thermal-klm/1");
}

// The decoder has corrected the times. The rows are asked for at the corrected time, which is a second away at most.
void note_clock(Work& work) {
  calibrate::RowUse use(work.request, kClockQuantity);
  for (const RawLine& line : work.raw.lines) {
    if (line.received) use.at(line.scan.time);
  }
  if (!use.any()) return;
  use.report("clock", work.out.provenance);
  work.out.provenance.algorithms.emplace_back("avhrr-3/clock-offset/1");
}

void take_location(CalibratedGranule& out, Location location) {
  out.ungeolocated_reason = location.reason;
  if (!location.grid) return;
  out.tie_grid = std::move(location.grid);
  out.footprint = std::move(location.footprint);
  out.orbit_state = location.orbit_state;
  out.absolute_orbit = location.absolute_orbit;
  out.quicklook_rotate_180 = location.orbit_state == "ascending";
  out.provenance.attitude_model = location.attitude_model;
  if (location.orbit.old) out.provenance.flags.emplace_back("tle_old");
  out.provenance.orbit = std::move(location.orbit);
  if (!location.remark.empty()) {
    out.provenance.flags.emplace_back("tle_suspect");
    out.provenance.remarks.push_back(location.remark);
  }
  if (location.geometry_row) out.provenance.rows.push_back(*location.geometry_row);
}

// Of the two bands 3 a line carries one.
void note_events(Work& work) {
  const CalibratedGranule& out = work.out;
  calibrate::apply_events(work.out, work.request, [&](std::size_t band, std::size_t line) {
    const auto info = std::find_if(kBands.begin(), kBands.end(),
                                   [&](const BandInfo& one) { return one.name == out.bands[band].name; });
    return work.carries(*info, line);
  });
}

void describe(Work& work, const std::string& platform) {
  CalibratedGranule& out = work.out;
  out.platform = platform;
  out.instrument = "avhrr-3";
  out.slot_start = work.raw.slot_start;
  out.slot_length = kSlotLength;
  out.line_count = work.raw.lines.size();
  out.pixel_count = kPixels;
  calibrate::Provenance& provenance = out.provenance;
  provenance.calibration_profile = work.request.profile;
  provenance.calibration_set_sha256 = work.request.tables->sha256();
  if (work.request.known_at) provenance.known_at = format_utc(*work.request.known_at);
  const bool hrpt = work.raw.format == LineFormat::hrpt_minor_frame;
  provenance.algorithms = {hrpt ? "avhrr-3/hrpt-minor-frame/1" : "avhrr-3/metop-packet/1"};
  if (work.raw.date_assumed) {
    provenance.flags.emplace_back("date_assumed");
    provenance.remarks.emplace_back("HRPT sends no year; it was taken from the time stamp of the recording");
  }
  provenance.packets_sha256 = work.raw.packets_sha256;
  provenance.packets = work.raw.packets;
  provenance.symbols_corrected = work.raw.symbols_corrected;
  provenance.gaps = work.raw.gaps;
}

std::vector<std::uint16_t> sum_of(const ReferenceView& view) {
  std::vector<std::uint16_t> sum(kSlots, 0);
  for (const auto& sample : view) {
    for (std::size_t slot = 0; slot < kSlots; ++slot) sum[slot] = static_cast<std::uint16_t>(sum[slot] + sample[slot]);
  }
  return sum;
}

void take_lines(Work& work) {
  const bool window_short = work.raw.lines.size() <= kWindowLines;
  if (window_short) work.out.provenance.flags.emplace_back("cal_window_short");
  for (const RawLine& line : work.raw.lines) {
    std::uint32_t flags = line.flags;
    if (window_short) flags |= calibrate::kLineCalibrationWindowShort;
    if (work.out.provenance.orbit && work.out.provenance.orbit->old) flags |= calibrate::kLineTleOld;
    work.out.lines.push_back({line.scan.time, flags});
  }
}

// As sent; of the two views the sum of the ten samples, which is their mean without its rounding.
void take_telemetry(Work& work) {
  std::array<calibrate::LineTelemetry, 5> telemetry = {
      {{"prt", {}}, {"ramp", {}}, {"patch", {}}, {"space_sum", {}}, {"black_body_sum", {}}}};
  for (const RawLine& line : work.raw.lines) {
    for (calibrate::LineTelemetry& column : telemetry) column.words.emplace_back();
    if (!line.received) continue;
    const ScanLine& scan = line.scan;
    telemetry[0].words.back().assign(scan.prt.begin(), scan.prt.end());
    telemetry[1].words.back().assign(scan.ramp.begin(), scan.ramp.end());
    telemetry[2].words.back().assign(scan.patch.begin(), scan.patch.end());
    telemetry[3].words.back() = sum_of(scan.space);
    telemetry[4].words.back() = sum_of(scan.black_body);
  }
  work.out.telemetry.assign(telemetry.begin(), telemetry.end());
}

// The names sort as the wavelengths do.
void sort_bands(CalibratedGranule& out) {
  std::vector<std::pair<calibrate::Band, std::vector<std::uint8_t>>> pairs;
  for (std::size_t i = 0; i < out.bands.size(); ++i)
    pairs.emplace_back(std::move(out.bands[i]), std::move(out.quality[i]));
  std::sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return a.first.name < b.first.name; });
  for (std::size_t i = 0; i < pairs.size(); ++i) std::tie(out.bands[i], out.quality[i]) = std::move(pairs[i]);
}

bool calibrated(const CalibratedGranule& out) {
  return std::any_of(out.bands.begin(), out.bands.end(),
                     [](const calibrate::Band& band) { return band.uncalibrated_reason.empty(); });
}

}  // namespace

CalibratedGranule calibrate_granule(RawGranule raw, const std::string& platform,
                                    const calibrate::CalibrationRequest& request, Location location) {
  CalibratedGranule out;
  const double distance_au = calibrate::earth_sun_distance_au(raw.slot_start + kSlotLength / 2);
  Work work{raw, request, out, distance_au * distance_au};
  describe(work, platform);
  take_location(out, std::move(location));
  note_clock(work);
  calibrate_solar(work);
  calibrate_thermal(work);
  sort_bands(out);
  take_lines(work);
  note_events(work);
  take_telemetry(work);
  out.level = out.tie_grid && calibrated(out) ? "L1B" : "L1A";
  out.quicklook_bands = quicklook_bands(out);
  return out;
}

}  // namespace dl::decoders::avhrr3
