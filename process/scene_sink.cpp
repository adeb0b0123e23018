#include "process/scene_sink.h"

#include <algorithm>

#include "scene/scene_names.h"
#include "scene/scene_writer.h"

namespace dl::process {
namespace {

SceneSummary summarise(const calibrate::CalibratedGranule& granule) {
  SceneSummary summary;
  summary.id = scene::scene_id({granule.platform, granule.instrument, granule.slot_start});
  summary.instrument = granule.instrument;
  summary.level = granule.level;
  summary.lines = granule.lines.size();
  for (const calibrate::Line& line : granule.lines) {
    if ((line.flags & calibrate::kLineMissing) != 0) ++summary.lines_missing;
    if ((line.flags & calibrate::kLinePartial) != 0) ++summary.lines_partial;
  }
  for (const calibrate::Band& band : granule.bands) {
    summary.pixels += band.values.size();
    summary.pixels_no_data += static_cast<std::uint64_t>(std::ranges::count(band.values, calibrate::kNoData));
    if (summary.remark.empty()) summary.remark = band.uncalibrated_reason;
  }
  summary.located = granule.tie_grid.has_value();
  if (!granule.ungeolocated_reason.empty()) summary.remark = granule.ungeolocated_reason;
  for (const char* flag : {"cal_extrapolated", "tle_suspect", "tle_old", "date_assumed"}) {
    if (std::ranges::count(granule.provenance.flags, flag) == 0) continue;
    summary.remark += (summary.remark.empty() ? "" : "; ") + std::string(flag);
  }
  summary.orbit_missing = !granule.provenance.orbit.has_value();
  summary.orbit_old = granule.provenance.orbit && granule.provenance.orbit->old;
  summary.orbit_suspect = std::ranges::count(granule.provenance.flags, "tle_suspect") > 0;
  return summary;
}

}  // namespace

Result<void> SceneSink::accept(calibrate::CalibratedGranule granule) {
  SceneSummary summary = summarise(granule);
  lines_ += summary.lines;
  if (is_skipped(summary.id)) {
    scenes_.push_back(std::move(summary));
    return {};
  }
  DL_TRY(const scene::WrittenScene written, scene::write_scene(granule, options_));
  return announce(written, std::move(summary));
}

Result<void> SceneSink::announce(const scene::WrittenScene& written, SceneSummary summary) {
  scenes_.push_back(std::move(summary));
  if (written.content_differs) return callbacks_.differs(written);
  return callbacks_.written(written, scenes_.back());
}

}  // namespace dl::process
