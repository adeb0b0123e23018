#include "decoders/amsu_a/references.h"

#include <cmath>
#include <limits>
#include <utility>

#include "calibrate/polynomial.h"
#include "calibrate/series.h"
#include "calibrate/thermometers.h"
#include "decoders/row_numbers.h"

namespace dl::decoders::amsu_a {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// One granule on its way.
struct Work {
  const std::vector<UnitLine>& lines;
  std::vector<calibrate::Line>& granule_lines;
  Rows& rows;
  References& out;
  ReadRows<Thermometers> thermometers = {};
  ReadRows<NonLinearity> non_linearity = {};

  const calibrate::Row* row(calibrate::RowUse& use, std::size_t line, const calibrate::RowConfig& config) {
    const calibrate::SelectedRow* selected = use.at(granule_lines[line].time, config);
    if (selected == nullptr) return nullptr;
    granule_lines[line].flags |= calibrate::line_flags_of(selected);
    return selected->row;
  }
  void flag(std::size_t line, std::uint32_t flags) { granule_lines[line].flags |= flags; }
};

// Every sensor of a unit; empty when no row says how.
std::vector<double> unit_temperatures(Work& work, std::size_t line, std::size_t unit) {
  const calibrate::Row* row = work.row(work.rows.thermometers, line, {.detector = std::string(kUnits[unit].name)});
  std::vector<double> kelvin;
  if (row == nullptr) return kelvin;
  const Thermometers& polynomials =
      work.thermometers.of(*row, [&](const auto& from) { return thermometers(from, kUnits[unit]); });
  for (std::size_t i = 0; i < polynomials.size(); ++i) {
    kelvin.push_back(calibrate::polynomial(polynomials[i], work.lines[line][unit]->thermometers[i] / 2.0));
  }
  return kelvin;
}

double target_temperature(Work& work, std::size_t line, std::size_t module, const std::vector<double>& kelvin) {
  const Target& target = work.out.radiometry.targets[module];
  std::vector<double> readings;
  for (const std::size_t index : target.thermometers) readings.push_back(kelvin[index]);
  const auto mean = calibrate::mean_of_thermometers(
      readings, target.weights, {kMinTarget_kelvin, kMaxTarget_kelvin, kMaxThermometerOffset_kelvin});
  if (!mean.all_good) work.flag(line, calibrate::kLinePrtInvalid);
  return mean.kelvin;
}

// By the module's primary sensor, or where that fails the backup.
void module_of_line(Work& work, std::size_t line, std::size_t module, const std::vector<double>& kelvin) {
  const double target_kelvin = target_temperature(work, line, module, kelvin);
  for (const std::string_view sensor : {kPrimarySensor, kBackupSensor}) {
    const calibrate::Row* row =
        work.row(work.rows.non_linearity, line,
                 {.detector = std::string(kModules[module].name), .parameter_set = std::string(sensor)});
    if (row == nullptr) continue;
    const NonLinearity& found =
        work.non_linearity.of(*row, [&](const auto& from) { return non_linearity(from, module); });
    const double instrument_kelvin = kelvin[found.thermometer];
    if (!(instrument_kelvin > kMinInstrument_kelvin && instrument_kelvin < kMaxInstrument_kelvin)) {
      work.flag(line, calibrate::kLinePrtInvalid);
      continue;
    }
    for (std::size_t band = 0; band < kBandCount; ++band) {
      if (kModuleOfBand[band] != module) continue;
      BandReferences& out = work.out.bands[band];
      const BandNonLinearity& at = found.bands[band];
      out.u[line] = calibrate::piecewise_linear(found.temperature_kelvin, at.u, instrument_kelvin);
      out.target_kelvin[line] =
          target_kelvin +
          calibrate::piecewise_linear(found.temperature_kelvin, at.warm_correction_kelvin, instrument_kelvin);
      out.space_correction_kelvin[line] = at.cold_correction_kelvin;
    }
    return;
  }
}

// The mean of the two looks of every line, NaN where there is none.
std::vector<double> view_series(const Work& work, std::size_t band, bool target) {
  const std::size_t unit = kModules[kModuleOfBand[band]].unit;
  std::vector<double> series(work.lines.size(), kNone);
  for (std::size_t line = 0; line < series.size(); ++line) {
    if (!work.lines[line][unit]) continue;
    const auto& views = target ? work.lines[line][unit]->target : work.lines[line][unit]->space;
    const Looks& looks = views[band - kUnits[unit].first_band];
    series[line] = (looks[0] + looks[1]) / 2.0;
  }
  return series;
}

calibrate::SmoothSeries smooth_view(Work& work, std::size_t band, bool target, double limit_counts) {
  const std::size_t unit = kModules[kModuleOfBand[band]].unit;
  const std::uint32_t flag = target ? calibrate::kLineBlackBodyOutOfLimits : calibrate::kLineSpaceViewContaminated;
  std::vector<double> series = view_series(work, band, target);
  for (std::size_t line = 0; line < series.size(); ++line) {
    if (!work.lines[line][unit]) continue;
    const auto& views = target ? work.lines[line][unit]->target : work.lines[line][unit]->space;
    const Looks& looks = views[band - kUnits[unit].first_band];
    // Of two that differ neither is known to be right.
    const bool saturated = looks[0] == 0 || looks[1] == 0 || looks[0] == 65535 || looks[1] == 65535;
    if (!saturated && std::abs(looks[0] - looks[1]) <= limit_counts) continue;
    series[line] = kNone;
    work.flag(line, flag);
  }
  auto smooth = calibrate::smooth_series(std::move(series), limit_counts, work.out.radiometry.window_weights);
  for (std::size_t line = 0; line < work.lines.size(); ++line) {
    if (!work.lines[line][unit]) continue;
    if (smooth.rejected[line]) work.flag(line, flag);
    if (smooth.window_short[line]) work.flag(line, calibrate::kLineCalibrationWindowShort);
  }
  return smooth;
}

void find_views(Work& work, std::size_t band) {
  BandReferences& out = work.out.bands[band];
  const double between =
      calibrate::median(view_series(work, band, true)) - calibrate::median(view_series(work, band, false));
  const double limit_counts = std::abs(between) * kMaxViewOffset;  // NaN where no line came: nothing is to reject then
  out.views.space = smooth_view(work, band, false, limit_counts);
  out.views.target = smooth_view(work, band, true, limit_counts);
  if (!out.views.usable()) out.reason = "no line has usable views of space and of the target";
}

// The weights are those of the first line: they are not expected to change within minutes.
std::string find_radiometry(Work& work) {
  for (std::size_t line = 0; line < work.lines.size(); ++line) {
    if (!work.lines[line][0] && !work.lines[line][1]) continue;
    const calibrate::Row* row = work.row(work.rows.radiometry, line, {});
    if (row == nullptr) return work.rows.radiometry.reason();
    work.out.radiometry = *radiometry(*row);
    return "";
  }
  return "no line came";
}

std::string missing_temperature(const Work& work) {
  if (!work.rows.thermometers.any()) return work.rows.thermometers.reason();
  if (!work.rows.non_linearity.any()) return work.rows.non_linearity.reason();
  return "no thermometer of the target, or of the instrument, has a usable reading";
}

}  // namespace

Rows::Rows(const calibrate::CalibrationRequest& request)
    : thermometers(request, kThermometerQuantity),
      non_linearity(request, kNonLinearityQuantity),
      radiometry(request, kRadiometryQuantity) {}

void Rows::report(calibrate::Provenance& provenance) const {
  for (const calibrate::RowUse* use : {&radiometry, &thermometers, &non_linearity}) use->report("all", provenance);
}

References make_references(const std::vector<UnitLine>& lines, std::vector<calibrate::Line>& granule_lines,
                           Rows& rows) {
  References out;
  Work work{lines, granule_lines, rows, out};
  const std::string obstacle = find_radiometry(work);
  for (BandReferences& band : out.bands) {
    band.reason = obstacle;
    for (auto* series : {&band.target_kelvin, &band.space_correction_kelvin, &band.u}) {
      series->assign(lines.size(), kNone);
    }
  }
  if (!obstacle.empty()) return out;
  for (std::size_t line = 0; line < lines.size(); ++line) {
    for (std::size_t unit = 0; unit < kUnitCount; ++unit) {
      if (!lines[line][unit]) continue;
      const std::vector<double> kelvin = unit_temperatures(work, line, unit);
      for (std::size_t module = 0; module < kModuleCount; ++module) {
        if (kModules[module].unit == unit && !kelvin.empty()) module_of_line(work, line, module, kelvin);
      }
    }
  }
  for (std::size_t band = 0; band < kBandCount; ++band) {
    BandReferences& at = out.bands[band];
    for (auto* series : {&at.target_kelvin, &at.space_correction_kelvin, &at.u}) calibrate::fill_gaps(*series);
    find_views(work, band);
    if (at.reason.empty() && std::isnan(at.target_kelvin.front())) at.reason = missing_temperature(work);
  }
  return out;
}

}  // namespace dl::decoders::amsu_a
