#include "decoders/msu_mr/calibration.h"

#include <algorithm>

#include <fmt/format.h>

#include "calibrate/table_load.h"
#include "decoders/row_numbers.h"

namespace dl::decoders::msu_mr {
namespace {

constexpr std::string_view kQuantity = "radiance";
constexpr std::string_view kAlgorithm = "msu-mr/two-points/1";
// HRPT has ten bits, of which LRPT is taken to send the upper eight: the middle of the four counts that one stands for.
constexpr double kTenBitCounts = 4;
constexpr double kTenBitMiddle = 1.5;

struct Points {
  std::vector<double> counts;    // two, of ten bits
  std::vector<double> radiance;  // at them
};

Result<Points> points_of(const calibrate::Row& row, std::string_view band) {
  Points points;
  DL_TRY(points.counts, rising_row_numbers(row, band, "counts", 2));
  DL_TRY(points.radiance, rising_row_numbers(row, band, "radiance", 2));
  return points;
}

// The straight line through both. The second point stands one count lower than its number says: its source counts from
// one there.
void scale(calibrate::Band& band, const Points& points) {
  const double slope = (points.radiance[1] - points.radiance[0]) / (points.counts[1] - 1 - points.counts[0]);
  band.quantity = calibrate::Quantity::radiance;
  band.unit = "unstated";
  band.scale = kTenBitCounts * slope;
  band.offset = points.radiance[0] + (kTenBitMiddle - points.counts[0]) * slope;
  band.uncalibrated_reason.clear();
}

}  // namespace

Result<Calibration> Calibration::create(const PassContext& context) {
  Calibration calibration;
  calibration.asked_ = context.calibration_profile == kExperimentalProfile;
  calibration.known_at_ = context.known_at;
  if (!calibration.asked_) return calibration;
  auto tables = calibrate::load_tables(context.tables, context.profile.platform, "msu-mr");
  if (!tables) {
    if (tables.error().kind == ErrorKind::config) return calibration;
    return tl::unexpected(tables.error());
  }
  for (const calibrate::Table& table : tables->tables()) {
    if (table.quantity != kQuantity) continue;
    for (const calibrate::Row& row : table.rows) {
      for (const auto& [band, numbers] : row.values) DL_CHECK(points_of(row, band));
    }
  }
  calibration.tables_ = std::move(*tables);
  return calibration;
}

void Calibration::apply(calibrate::CalibratedGranule& granule) const {
  if (!asked_) return;
  calibrate::Provenance& provenance = granule.provenance;
  provenance.calibration_profile = kExperimentalProfile;
  if (!tables_) {
    provenance.remarks.push_back(
        fmt::format("the profile '{}' has no rows of '{}'", kExperimentalProfile, granule.platform));
    return;
  }
  provenance.calibration_set_sha256 = tables_->sha256();
  if (known_at_) provenance.known_at = format_utc(*known_at_);
  for (calibrate::Band& band : granule.bands) {
    const auto selected =
        tables_->select({kQuantity, kExperimentalProfile, {}, band.name}, granule.slot_start, known_at_);
    if (!selected) {
      band.uncalibrated_reason = selected.error();
      continue;
    }
    const auto points = points_of(*selected->row, band.name);
    if (!points) continue;  // create() has seen them all
    scale(band, *points);
    provenance.rows.push_back(calibrate::used_row(*selected, band.name));
    const std::string flag = "cal_" + provenance.rows.back().status;
    for (const std::string& each : {flag, std::string(selected->extrapolated ? "cal_extrapolated" : "")}) {
      if (!each.empty() && std::ranges::count(provenance.flags, each) == 0) provenance.flags.push_back(each);
    }
  }
  if (!provenance.rows.empty()) {
    provenance.algorithms.emplace_back(kAlgorithm);
    provenance.remarks.emplace_back(
        "radiances are experimental: their coefficients were derived by others, their unit is not stated");
  }
}

}  // namespace dl::decoders::msu_mr
