#include "scene/stac_item.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "scene/provenance_json.h"
#include "scene/stac_geometry_json.h"
#include "scene/stac_json.h"

namespace dl::scene {

using Json = nlohmann::ordered_json;

namespace {

// The names that eo 1.1.0 allows; any other would make the item invalid.
bool is_common_name(const std::string& name) {
  static constexpr std::string_view kNames[] = {"coastal", "blue", "green",  "red",   "rededge", "yellow",
                                                "pan",     "nir",  "nir08",  "nir09", "cirrus",  "swir16",
                                                "swir22",  "lwir", "lwir11", "lwir12"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

Json eo_band(const calibrate::Band& band) {
  Json eo = {{"name", band.name}};
  if (is_common_name(band.common_name)) eo["common_name"] = band.common_name;
  if (!band.description.empty()) eo["description"] = band.description;
  if (band.center_wavelength_um) eo["center_wavelength"] = *band.center_wavelength_um;
  if (band.full_width_half_max_um) eo["full_width_half_max"] = *band.full_width_half_max_um;
  if (band.center_frequency_ghz) {
    constexpr double kGigahertzMicrometres = 299'792.458;  // speed of light
    eo["center_wavelength"] = kGigahertzMicrometres / *band.center_frequency_ghz;
    eo["downlinkd:center_frequency_ghz"] = *band.center_frequency_ghz;
  }
  return eo;
}

Json raster_band(const calibrate::Band& band, const BandStatistics& statistics) {
  Json measured = {{"valid_percent", statistics.valid_percent()}};
  if (statistics.valid_pixels > 0) {
    measured["minimum"] = statistics.minimum;
    measured["maximum"] = statistics.maximum;
    measured["mean"] = statistics.mean;
    measured["stddev"] = statistics.standard_deviation;
  }
  return {{"data_type", "uint16"}, {"nodata", calibrate::kNoData}, {"scale", band.scale},   {"offset", band.offset},
          {"unit", band.unit},     {"sampling", "area"},           {"statistics", measured}};
}

void describe_band_asset(Json& asset, const calibrate::Band& band, const BandSummary& summary) {
  asset["eo:bands"] = Json::array({eo_band(band)});
  asset["raster:bands"] = Json::array({raster_band(band, summary.statistics)});
  asset["downlinkd:quantity"] = calibrate::to_string(band.quantity);
  if (!band.uncalibrated_reason.empty()) asset["downlinkd:uncalibrated_reason"] = band.uncalibrated_reason;
  Json counts = Json::object();
  for (std::size_t bit = 0; bit < kQualityBits; ++bit) {
    counts[std::string(quality_bits()[bit].name)] = summary.quality_counts[bit];
  }
  asset["downlinkd:quality_pixels"] = counts;
}

Json quality_bitfields() {
  Json fields = Json::array();
  for (std::size_t bit = 0; bit < kQualityBits; ++bit) {
    const QualityBit& meaning = quality_bits()[bit];
    fields.push_back({{"name", meaning.name},
                      {"description", meaning.description},
                      {"offset", bit},
                      {"length", 1},
                      {"classes", Json::array({{{"value", 0}, {"name", "no"}}, {{"value", 1}, {"name", "yes"}}})}});
  }
  return fields;
}

void describe_quality_asset(Json& asset, const std::vector<calibrate::Band>& bands) {
  Json raster = Json::array();
  for (const calibrate::Band& band : bands) raster.push_back({{"name", band.name}, {"data_type", "uint8"}});
  asset["raster:bands"] = raster;
  asset["classification:bitfields"] = quality_bitfields();
}

Json tie_raster_bands(std::string_view data_type, const std::vector<std::string>& names) {
  Json raster = Json::array();
  for (const std::string& name : names) {
    raster.push_back(
        {{"name", name}, {"data_type", data_type}, {"nodata", "nan"}, {"unit", "degree"}, {"sampling", "point"}});
  }
  return raster;
}

Json image_shape(const ItemContent& content) {
  return Json::array({content.granule.line_count, content.granule.pixel_count});
}

Json tie_grid_shape(const ItemContent& content) {
  return Json::array({content.tie_grid->rows, content.tie_grid->columns});
}

const Asset* find_asset(const ItemContent& content, const std::string& name) {
  const auto found = std::find_if(content.assets.begin(), content.assets.end(),
                                  [&](const Asset& asset) { return asset.name == name; });
  return found == content.assets.end() ? nullptr : &*found;
}

void add_band_assets(Json& item, const ItemContent& content) {
  for (std::size_t i = 0; i < content.granule.bands.size(); ++i) {
    const calibrate::Band& band = content.granule.bands[i];
    const Asset* asset = find_asset(content, band_file_name(band.name));
    if (asset == nullptr) continue;
    Json entry = stac_asset(*asset, fmt::format("Band {}: {}", band.name, band.description), {"data"});
    describe_band_asset(entry, band, content.bands[i]);
    entry["proj:shape"] = image_shape(content);
    item["assets"][band_asset_key(band.name)] = entry;
  }
}

void add_quality_asset(Json& item, const ItemContent& content) {
  const Asset* asset = find_asset(content, "quality.tif");
  if (asset == nullptr) return;
  Json entry = stac_asset(*asset, "Quality bits, one byte band per image band", {"metadata", "data-mask"});
  describe_quality_asset(entry, content.granule.bands);
  entry["proj:shape"] = image_shape(content);
  item["assets"]["quality"] = entry;
}

void add_tie_grid_assets(Json& item, const ItemContent& content) {
  struct TieAsset {
    const char* name;
    const char* title;
    const char* data_type;
    std::vector<std::string> bands;
  };
  static const TieAsset kAssets[] = {
      {"lon.tif", "Longitude of the tie points", "float64", {"longitude"}},
      {"lat.tif", "Geodetic latitude of the tie points", "float64", {"latitude"}},
      {"angles.tif",
       "Sun and sensor angles at the tie points",
       "float32",
       {"sun_zenith", "sun_azimuth", "sensor_zenith", "sensor_azimuth"}},
  };
  for (const TieAsset& tie : kAssets) {
    const Asset* asset = find_asset(content, tie.name);
    if (asset == nullptr) continue;
    Json entry = stac_asset(*asset, tie.title, {"metadata"});
    entry["raster:bands"] = tie_raster_bands(tie.data_type, tie.bands);
    entry["proj:shape"] = tie_grid_shape(content);
    item["assets"][asset_key(tie.name)] = entry;
  }
}

void add_other_assets(Json& item, const ItemContent& content) {
  const auto add = [&](const char* name, const char* title, const std::vector<std::string>& roles) {
    if (const Asset* asset = find_asset(content, name)) {
      item["assets"][asset_key(name)] = stac_asset(*asset, title, roles);
    }
  };
  add("quicklook.png", "Quick-look, stretched for people", {"thumbnail", "overview"});
  add("lines.json", "Time and flags of every line", {"metadata"});
  add("provenance.json", "Where every number came from", {"metadata"});
}

// Fields of the view extension, of the tie point nearest to the centre of the scene; none when it has no position.
Json view_fields(const calibrate::TieGrid& grid) {
  const std::size_t centre = (grid.rows() / 2) * grid.columns() + grid.columns() / 2;
  Json fields = Json::object();
  const auto add = [&](const char* name, float value, float low, float high) {
    if (std::isfinite(value)) fields[name] = std::clamp(value, low, high);
  };
  add("view:incidence_angle", grid.sensor_zenith_deg[centre], 0, 90);
  add("view:azimuth", grid.sensor_azimuth_deg[centre], 0, 360);
  add("view:sun_azimuth", grid.sun_azimuth_deg[centre], 0, 360);
  add("view:sun_elevation", 90 - grid.sun_zenith_deg[centre], -90, 90);
  return fields;
}

Json tie_grid_fields(const TieGridRaster& raster, const calibrate::TieGrid& grid) {
  return {{"longitude", "lon"},
          {"latitude", "lat"},
          {"angles", "angles"},
          {"georeferencing_convention", "TOP_LEFT_CORNER"},
          {"srs", "EPSG:4326"},
          {"height_m", 0},
          {"rows", raster.rows},
          {"columns", raster.columns},
          {"line_offset", raster.line_offset},
          {"line_step", raster.line_step},
          {"pixel_offset", raster.pixel_offset},
          {"pixel_step", raster.pixel_step},
          {"last_true_line", grid.lines.back() + 0.5},
          {"last_true_pixel", grid.pixels.back() + 0.5}};
}

void add_calibration_fields(Json& properties, const calibrate::Provenance& provenance) {
  if (!provenance.calibration_profile.empty()) {
    properties["downlinkd:calibration_profile"] = provenance.calibration_profile;
  }
  if (!provenance.calibration_set_sha256.empty()) {
    properties["downlinkd:calibration_set_sha256"] = provenance.calibration_set_sha256;
  }
  if (!provenance.known_at.empty()) properties["downlinkd:calibration_known_at"] = provenance.known_at;
  properties["downlinkd:calibration_rows"] = calibration_rows_json(provenance);
  properties["downlinkd:calibration_events"] = calibration_events_json(provenance);
  properties["downlinkd:algorithms"] = provenance.algorithms;
  properties["downlinkd:flags"] = provenance.flags;
  if (provenance.earth_sun_distance_au > 0) {
    properties["downlinkd:earth_sun_distance_au"] = provenance.earth_sun_distance_au;
  }
}

double percent_valid(const std::vector<BandSummary>& bands) {
  BandStatistics total;
  for (const BandSummary& band : bands) {
    total.pixels += band.statistics.pixels;
    total.valid_pixels += band.statistics.valid_pixels;
  }
  return total.valid_percent();
}

void add_own_fields(Json& properties, const ItemContent& content) {
  const calibrate::CalibratedGranule& granule = content.granule;
  add_calibration_fields(properties, granule.provenance);
  properties["downlinkd:orbit"] = orbit_json(granule.provenance);
  if (!granule.provenance.attitude_model.empty()) {
    properties["downlinkd:attitude_model"] = granule.provenance.attitude_model;
  }
  if (content.tie_grid) {
    properties["downlinkd:tie_grid"] = tie_grid_fields(*content.tie_grid, *granule.tie_grid);
  }
  if (!granule.footprint || granule.footprint->polygons.empty()) {
    const bool stated = !granule.ungeolocated_reason.empty();
    properties["downlinkd:ungeolocated_reason"] =
        stated ? granule.ungeolocated_reason : "too few positions along the edge to draw an outline";
  }
  properties["downlinkd:slot_start"] = format_utc(granule.slot_start);
  properties["downlinkd:slot_seconds"] = granule.slot_length.count();
  properties["downlinkd:lines"] = granule.lines.size();
  properties["downlinkd:line_flags"] = count_line_flags(granule.lines);
  properties["downlinkd:valid_percent"] = percent_valid(content.bands);
  properties["downlinkd:packets"] = granule.provenance.packets;
  properties["downlinkd:packets_sha256"] = granule.provenance.packets_sha256;
  properties["downlinkd:packet_gaps"] = granule.provenance.gaps;
  properties["downlinkd:symbols_corrected"] = granule.provenance.symbols_corrected;
}

void merge(Json& item, const Json& fields, std::string_view extension) {
  if (fields.empty()) return;
  item["properties"].update(fields);
  item["stac_extensions"].push_back(extension);
}

}  // namespace

std::string make_stac_item(const ItemContent& content) {
  const calibrate::CalibratedGranule& granule = content.granule;
  const SensingTimes times = sensing_times(granule.lines);
  Json item = stac_item_frame(content.identity, times.start, times.end, granule.level, content.options);
  item["stac_extensions"] =
      Json::array({kStacEo, kStacRaster, kStacProjection, kStacProcessing, kStacFile, kStacClassification});
  if (granule.footprint) add_footprint(item, *granule.footprint);
  item["properties"]["proj:epsg"] = nullptr;
  item["properties"]["proj:shape"] = image_shape(content);
  merge(item, satellite_fields(granule.provenance, granule.orbit_state, granule.absolute_orbit), kStacSat);
  if (granule.tie_grid) merge(item, view_fields(*granule.tie_grid), kStacView);
  add_own_fields(item["properties"], content);
  add_band_assets(item, content);
  add_quality_asset(item, content);
  add_tie_grid_assets(item, content);
  add_other_assets(item, content);
  return document_text(item);
}

}  // namespace dl::scene
