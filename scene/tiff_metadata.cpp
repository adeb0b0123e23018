#include "scene/tiff_metadata.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "scene/statistics.h"

namespace dl::scene {

namespace {

class Builder {
 public:
  // Plain text without quotes or braces: GDAL escapes twice, and ten bytes for a quote would fill the header.
  void add(std::string_view name, std::string value) {
    if (!value.empty()) metadata_.emplace_back(fmt::format("DOWNLINKD_{}", name), std::move(value));
  }
  TiffMetadata take() { return std::move(metadata_); }

 private:
  TiffMetadata metadata_;
};

// "id sha256" of each row; "extrapolated" behind it where that is so.
std::string rows_text(const std::vector<calibrate::UsedRow>& rows) {
  std::vector<std::string> list;
  for (const calibrate::UsedRow& row : rows) {
    list.push_back(fmt::format("{} {}{}", row.id, row.sha256, row.extrapolated ? " extrapolated" : ""));
  }
  return fmt::format("{}", fmt::join(list, "; "));
}

std::string events_text(const std::vector<calibrate::HitEvent>& events) {
  std::vector<std::string> list;
  for (const calibrate::HitEvent& event : events) list.push_back(fmt::format("{} {}", event.id, event.effect));
  return fmt::format("{}", fmt::join(list, "; "));
}

void add_orbit(Builder& builder, const calibrate::OrbitSource& orbit) {
  builder.add("ORBIT_SOURCE", std::string(to_string(orbit.kind)));
  if (orbit.kind == calibrate::OrbitKind::jpss_ephemeris) {
    builder.add("ORBIT_SHA256", orbit.sha256);
    return;
  }
  builder.add("TLE_LINE1", orbit.line1);
  builder.add("TLE_LINE2", orbit.line2);
  builder.add("TLE_SHA256", orbit.sha256);
  builder.add("TLE_EPOCH", format_utc(orbit.epoch));
  builder.add("TLE_AGE_DAYS", fmt::format("{}", orbit.age_days));
}

}  // namespace

TiffMetadata scene_tiff_metadata(const calibrate::CalibratedGranule& granule, const SceneIdentity& identity,
                                 const SceneOptions& options) {
  const calibrate::Provenance& provenance = granule.provenance;
  const SensingTimes times = sensing_times(granule.lines);
  Builder builder;
  builder.add("SCENE", scene_id(identity));
  builder.add("SENSING_START", format_utc(times.start));
  builder.add("SENSING_END", format_utc(times.end));
  builder.add("LEVEL", granule.level);
  builder.add("PROGRAM_VERSION", options.program_version);
  builder.add("CONFIGURATION_SHA256", options.configuration_sha256);
  builder.add("LINK_PROFILE", options.link_profile);
  builder.add("PACKETS_SHA256", provenance.packets_sha256);
  builder.add("CALIBRATION_PROFILE", provenance.calibration_profile);
  builder.add("CALIBRATION_SET_SHA256", provenance.calibration_set_sha256);
  builder.add("CALIBRATION_KNOWN_AT", provenance.known_at);
  builder.add("CALIBRATION_ROWS", rows_text(provenance.rows));
  builder.add("CALIBRATION_EVENTS", events_text(provenance.events));
  builder.add("ALGORITHMS", fmt::format("{}", fmt::join(provenance.algorithms, " ")));
  builder.add("FLAGS", fmt::format("{}", fmt::join(provenance.flags, " ")));
  builder.add("ATTITUDE_MODEL", provenance.attitude_model);
  if (provenance.orbit) add_orbit(builder, *provenance.orbit);
  return builder.take();
}

TiffMetadata band_tiff_metadata(const calibrate::Band& band) {
  Builder builder;
  builder.add("BAND", band.name);
  builder.add("QUANTITY", std::string(calibrate::to_string(band.quantity)));
  builder.add("UNCALIBRATED_REASON", band.uncalibrated_reason);
  return builder.take();
}

TiffMetadata quality_tiff_metadata() {
  Builder builder;
  for (std::size_t bit = 0; bit < kQualityBits; ++bit) {
    builder.add(fmt::format("QUALITY_BIT_{}", bit), std::string(quality_bits()[bit].name));
  }
  return builder.take();
}

TiffMetadata tie_grid_tiff_metadata(const TieGridRaster& grid) {
  return {{"GEOREFERENCING_CONVENTION", "TOP_LEFT_CORNER"},   {"PIXEL_OFFSET", fmt::format("{}", grid.pixel_offset)},
          {"PIXEL_STEP", fmt::format("{}", grid.pixel_step)}, {"LINE_OFFSET", fmt::format("{}", grid.line_offset)},
          {"LINE_STEP", fmt::format("{}", grid.line_step)},   {"SRS", "EPSG:4326"}};
}

}  // namespace dl::scene
