#include "decoders/mhs/references.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "calibrate/polynomial.h"
#include "calibrate/resistance_fit.h"
#include "calibrate/series.h"
#include "calibrate/thermometers.h"
#include "decoders/row_numbers.h"

namespace dl::decoders::mhs {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// One granule on its way.
struct Work {
  const std::vector<std::optional<ScanLine>>& lines;
  std::vector<calibrate::Line>& granule_lines;
  Rows& rows;
  ReadRows<std::array<double, kResistorCount>> bridge = {};
  ReadRows<Thermometer> thermometers = {};
  ReadRows<NonLinearity> non_linearity = {};

  const calibrate::Row* row(calibrate::RowUse& use, std::size_t line, const calibrate::RowConfig& config) {
    const calibrate::SelectedRow* selected = use.at(granule_lines[line].time, config);
    if (selected == nullptr) return nullptr;
    granule_lines[line].flags |= calibrate::line_flags_of(selected);
    return selected->row;
  }
  void flag(std::size_t line, std::uint32_t flags) { granule_lines[line].flags |= flags; }
};

double target_of_line(Work& work, std::size_t line, const Radiometry& radiometry) {
  const ScanLine& scan = *work.lines[line];
  const std::string side = scan.side_b ? "B" : "A";
  const calibrate::Row* bridge = work.row(work.rows.bridge, line, {.side = side});
  if (bridge == nullptr) return kNone;
  std::array<std::optional<Thermometer>, kPrtCount> thermometers;
  for (std::size_t i = 0; i < kPrtCount; ++i) {
    const calibrate::Row* row =
        work.row(work.rows.thermometers, line, {.side = side, .detector = fmt::format("prt-{}", i + 1)});
    if (row != nullptr) thermometers[i] = work.thermometers.of(*row, thermometer);
  }
  const auto mean = target_temperature(scan, work.bridge.of(*bridge, bridge_resistors_ohm), thermometers, radiometry);
  if (!mean.all_good) work.flag(line, calibrate::kLinePrtInvalid);
  return mean.kelvin;
}

// The primary sensor's, or where that fails the backup's.
void non_linearity_of_line(Work& work, std::size_t line, const Radiometry& radiometry, References& out) {
  for (const std::string_view sensor : {kPrimarySensor, kBackupSensor}) {
    const calibrate::Row* row = work.row(work.rows.non_linearity, line, {.parameter_set = std::string(sensor)});
    if (row == nullptr) continue;
    const NonLinearity& found = work.non_linearity.of(*row, non_linearity);
    const double kelvin =
        calibrate::polynomial(radiometry.thermistor_polynomial, work.lines[line]->thermistors[found.thermistor]);
    if (!(kelvin > radiometry.min_kelvin && kelvin < radiometry.max_kelvin)) {
      work.flag(line, calibrate::kLinePrtInvalid);
      continue;
    }
    for (std::size_t band = 0; band < kBandCount; ++band) {
      out.u[band][line] = calibrate::piecewise_linear(found.temperature_kelvin, found.u[band], kelvin);
    }
    return;
  }
}

calibrate::SmoothSeries smooth_view(Work& work, std::size_t band, bool target, const Radiometry& radiometry) {
  const double rejection = radiometry.bands[band].rejection_limit_counts;
  calibrate::SampleLimits limits = target ? radiometry.target_limits : radiometry.space_limits;
  limits.rejection = rejection;
  const std::uint32_t flag = target ? calibrate::kLineBlackBodyOutOfLimits : calibrate::kLineSpaceViewContaminated;
  std::vector<double> series(work.lines.size(), kNone);
  for (std::size_t line = 0; line < series.size(); ++line) {
    if (!work.lines[line]) continue;
    const auto& views = target ? work.lines[line]->target : work.lines[line]->space;
    const calibrate::SampleMean mean = calibrate::mean_of_samples(views[band], limits);
    series[line] = mean.mean;
    if (!mean.all_good) work.flag(line, flag);
  }
  calibrate::SmoothSeries smooth = calibrate::smooth_series(std::move(series), rejection, radiometry.window_weights);
  for (std::size_t line = 0; line < work.lines.size(); ++line) {
    if (!work.lines[line]) continue;
    if (smooth.rejected[line]) work.flag(line, flag);
    if (smooth.window_short[line]) work.flag(line, calibrate::kLineCalibrationWindowShort);
  }
  return smooth;
}

// The limits and weights are those of the first line: they are not expected to change within minutes.
bool find_radiometry(Work& work, References& out) {
  for (std::size_t line = 0; line < work.lines.size(); ++line) {
    if (!work.lines[line]) continue;
    const calibrate::Row* row = work.row(work.rows.radiometry, line, {});
    if (row == nullptr) break;
    out.radiometry = *radiometry(*row);
    return true;
  }
  out.reason = work.rows.radiometry.reason().empty() ? "no line is of a scan" : work.rows.radiometry.reason();
  return false;
}

}  // namespace

Rows::Rows(const calibrate::CalibrationRequest& request)
    : thermometers(request, kThermometerQuantity),
      bridge(request, kBridgeQuantity),
      non_linearity(request, kNonLinearityQuantity),
      radiometry(request, kRadiometryQuantity) {}

void Rows::report(calibrate::Provenance& provenance) const {
  for (const calibrate::RowUse* use : {&radiometry, &bridge, &thermometers, &non_linearity}) {
    use->report("all", provenance);
  }
}

calibrate::ThermometerMean target_temperature(const ScanLine& line,
                                              const std::array<double, kResistorCount>& resistors_ohm,
                                              const std::array<std::optional<Thermometer>, kPrtCount>& thermometers,
                                              const Radiometry& radiometry) {
  const std::vector<double> counts(line.resistors.begin(), line.resistors.end());
  const auto fit = calibrate::fit_resistance(resistors_ohm, counts);
  if (!fit) return {kNone, false};
  std::array<double, kPrtCount> kelvin{}, weights{};
  for (std::size_t i = 0; i < kPrtCount; ++i) {
    if (!thermometers[i]) continue;  // weight 0
    kelvin[i] = calibrate::polynomial(thermometers[i]->polynomial, fit->ohm_of(line.prt[i]));
    weights[i] = thermometers[i]->weight;
  }
  return calibrate::mean_of_thermometers(kelvin, weights,
                                         {radiometry.min_kelvin, radiometry.max_kelvin, kMaxPrtOffset_kelvin});
}

References make_references(const std::vector<std::optional<ScanLine>>& lines,
                           std::vector<calibrate::Line>& granule_lines, Rows& rows) {
  Work work{lines, granule_lines, rows};
  References out;
  if (!find_radiometry(work, out)) return out;
  out.target_kelvin.assign(lines.size(), kNone);
  for (auto& series : out.u) series.assign(lines.size(), kNone);
  for (std::size_t line = 0; line < lines.size(); ++line) {
    if (!lines[line]) continue;
    out.target_kelvin[line] = target_of_line(work, line, out.radiometry);
    non_linearity_of_line(work, line, out.radiometry, out);
  }
  calibrate::fill_gaps(out.target_kelvin);
  if (std::isnan(out.target_kelvin.front())) {
    out.reason = rows.bridge.any() ? "no thermometer of the target has a usable reading" : rows.bridge.reason();
    return out;
  }
  for (auto& series : out.u) calibrate::fill_gaps(series);
  if (std::isnan(out.u[0].front())) {
    out.reason = rows.non_linearity.any() ? "no sensor of the instrument's temperature has a usable reading"
                                          : rows.non_linearity.reason();
    return out;
  }
  for (std::size_t band = 0; band < kBandCount; ++band) {
    out.views[band].space = smooth_view(work, band, false, out.radiometry);
    out.views[band].target = smooth_view(work, band, true, out.radiometry);
  }
  return out;
}

}  // namespace dl::decoders::mhs
