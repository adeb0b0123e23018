#include "decoders/avhrr3/temperature_steps.h"

#include <cmath>
#include <limits>

#include "calibrate/calibrated_granule.h"
#include "decoders/avhrr3/calibrator.h"

namespace dl::decoders::avhrr3 {
namespace {

// So near to an end of the range the exact way decides what lies within.
constexpr double kEdge_kelvin = 0.05;
// What a parabola may be wrong by, at the ends of its cell, where it is worst; NearestWhole allows ten times as much.
constexpr double kMaxError_steps = 1e-4;

double steps_of(const calibrate::PlanckBand& band, double radiance) {
  return calibrate::brightness_temperature_of(band, radiance) / kTemperatureScale_kelvin;
}

}  // namespace

std::uint16_t stored_temperature(const calibrate::PlanckBand& band, double radiance) {
  const double kelvin = calibrate::brightness_temperature_of(band, radiance);
  const bool in_range = kelvin >= kMinTemperature_kelvin && kelvin <= kMaxTemperature_kelvin;  // false for NaN
  return in_range ? static_cast<std::uint16_t>(std::lround(kelvin / kTemperatureScale_kelvin)) : calibrate::kNoData;
}

TemperatureSteps::TemperatureSteps(const calibrate::PlanckBand& band) : band_(band) {
  const double least = calibrate::radiance_of(band, kMinTemperature_kelvin + kEdge_kelvin);
  const double greatest = calibrate::radiance_of(band, kMaxTemperature_kelvin - kEdge_kelvin);
  const bool sane = least > 0 && greatest > least && greatest < std::numeric_limits<double>::infinity();
  // Coefficients that make no sense have no cells: everything is exact. So has a range of more than 64 powers of two.
  if (!sane || greatest / least > 0x1p64) return;
  first_cell_ = cell_of(least) + 1;
  for (std::uint64_t cell = first_cell_; cell < cell_of(greatest); ++cell) cells_.push_back(make_cell(cell));
}

// T = (c2 nu / ln(1 + c1 nu^3 / N) - a) / b, and its derivatives by N.
TemperatureSteps::Cell TemperatureSteps::make_cell(std::uint64_t index) const {
  const double begin = std::bit_cast<double>(index << kShift);
  const double end = std::bit_cast<double>((index + 1) << kShift);
  const double radiance = (begin + end) / 2;
  const double nu = band_.wavenumber_cm1;
  const double cube = calibrate::kPlanckC1 * nu * nu * nu;
  const double logarithm = std::log(1 + cube / radiance);
  const double first = 1 / (radiance + cube) - 1 / radiance;
  const double second = 1 / (radiance * radiance) - 1 / ((radiance + cube) * (radiance + cube));
  const double scale = calibrate::kPlanckC2 * nu / (band_.b * logarithm * logarithm) / kTemperatureScale_kelvin;

  Cell cell{radiance, steps_of(band_, radiance), -scale * first, scale * (2 * first * first / logarithm - second) / 2};
  for (const double edge : {begin, end}) {
    const double away = edge - radiance;
    const double found = cell.steps + away * (cell.slope + away * cell.curvature);
    const bool good = std::abs(found - steps_of(band_, edge)) < kMaxError_steps;  // false for NaN
    if (!good) cell.slope = std::numeric_limits<double>::quiet_NaN();
  }
  return cell;
}

std::uint16_t TemperatureSteps::exact(double radiance) const {
  return stored_temperature(band_, radiance);
}

}  // namespace dl::decoders::avhrr3
