#include "process/scene_sink.h"

#include <algorithm>

#include <fmt/format.h>

#include "scene/packet_archive.h"
#include "scene/scene_names.h"
#include "scene/scene_writer.h"

namespace dl::process {
namespace {

void add_provenance(SceneSummary& summary, const calibrate::Provenance& provenance) {
  for (const char* flag : {"cal_extrapolated", "cal_experimental", "tle_suspect", "tle_old", "date_assumed"}) {
    if (std::ranges::count(provenance.flags, flag) == 0) continue;
    summary.remark += (summary.remark.empty() ? "" : "; ") + std::string(flag);
  }
  summary.orbit_missing = !provenance.orbit.has_value();
  summary.orbit_old = provenance.orbit && provenance.orbit->old;
  summary.orbit_suspect = std::ranges::count(provenance.flags, "tle_suspect") > 0;
}

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
  add_provenance(summary, granule.provenance);
  return summary;
}

SceneSummary summarise(const calibrate::PacketGranule& granule) {
  SceneSummary summary;
  summary.id = scene::scene_id({granule.platform, granule.instrument, granule.slot_start});
  summary.instrument = granule.instrument;
  summary.level = "L0";
  summary.located = granule.footprint.has_value() || !granule.track.empty();
  std::uint64_t missing = 0;
  for (const calibrate::ArchivedPacket& packet : granule.packets) missing += packet.missing_before.value_or(0);
  const std::uint64_t rejected = granule.packets.size() - granule.provenance.packets;
  if (!granule.ungeolocated_reason.empty()) summary.remark = granule.ungeolocated_reason + "; ";
  summary.remark += fmt::format("{} packets", granule.provenance.packets);
  if (missing > 0) summary.remark += fmt::format(", {} missing", missing);
  if (rejected > 0) summary.remark += fmt::format(", {} with a wrong checksum", rejected);
  add_provenance(summary, granule.provenance);
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

Result<void> SceneSink::accept_packets(calibrate::PacketGranule granule) {
  SceneSummary summary = summarise(granule);
  if (is_skipped(summary.id)) {
    scenes_.push_back(std::move(summary));
    return {};
  }
  DL_TRY(const scene::WrittenScene written, scene::write_packet_archive(granule, options_));
  return announce(written, std::move(summary));
}

Result<void> SceneSink::announce(const scene::WrittenScene& written, SceneSummary summary) {
  scenes_.push_back(std::move(summary));
  if (written.content_differs) return callbacks_.differs(written);
  return callbacks_.written(written, scenes_.back());
}

}  // namespace dl::process
