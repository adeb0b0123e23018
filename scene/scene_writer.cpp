#include "scene/scene_writer.h"

#include <iterator>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "scene/cog.h"
#include "scene/lines_json.h"
#include "scene/png.h"
#include "scene/provenance_json.h"
#include "scene/quicklook.h"
#include "scene/scene_folder.h"
#include "scene/scene_names.h"
#include "scene/stac_item.h"
#include "scene/statistics.h"
#include "scene/tie_grid_raster.h"
#include "scene/tiff_metadata.h"

namespace dl::scene {

namespace {

using calibrate::CalibratedGranule;
// Nodata of the tie grids: a point whose position is not known.
constexpr double kNowhere = std::numeric_limits<double>::quiet_NaN();

template <class Number>
ByteView bytes_of(const std::vector<Number>& values) {
  return {reinterpret_cast<const Byte*>(values.data()), values.size() * sizeof(Number)};
}

Result<void> check_granule(const CalibratedGranule& granule) {
  DL_CHECK(check_name("platform", granule.platform));
  DL_CHECK(check_name("instrument", granule.instrument));
  const std::size_t pixels = granule.line_count * granule.pixel_count;
  if (pixels == 0 || granule.bands.empty() || granule.lines.size() != granule.line_count ||
      granule.quality.size() != granule.bands.size()) {
    return fail(
        ErrorKind::permanent,
        fmt::format("a granule of {} lines ({} described) x {} pixels with {} bands and quality of {} is no scene",
                    granule.line_count, granule.lines.size(), granule.pixel_count, granule.bands.size(),
                    granule.quality.size()));
  }
  std::set<std::string> files;
  for (std::size_t i = 0; i < granule.bands.size(); ++i) {
    const calibrate::Band& band = granule.bands[i];
    DL_CHECK(check_name("band", band.name));
    if (band.values.size() != pixels || granule.quality[i].size() != pixels) {
      return fail(ErrorKind::permanent, fmt::format("band '{}' has {} values and {} quality bytes, expected {} of each",
                                                    band.name, band.values.size(), granule.quality[i].size(), pixels));
    }
    if (!files.insert(band_file_name(band.name)).second) {
      return fail(ErrorKind::permanent, fmt::format("two bands would be written to '{}'", band_file_name(band.name)));
    }
  }
  return {};
}

// One scene while it is being made.
class Writer {
 public:
  Writer(const CalibratedGranule& granule, const SceneOptions& options, SceneFolder folder)
      : granule_(granule),
        options_(options),
        identity_{granule.platform, granule.instrument, granule.slot_start},
        folder_(std::move(folder)),
        provenance_(provenance_json(granule, identity_, options)) {}

  Result<WrittenScene> write() {
    if (granule_.tie_grid) {
      DL_TRY(tie_grid_, make_tie_grid_raster(*granule_.tie_grid));
    }
    DL_CHECK(add_bands());
    DL_CHECK(add_quality());
    DL_CHECK(add_tie_grid());
    DL_CHECK(add_quicklook());
    DL_CHECK(folder_.add("lines.json", kMediaTypeJson, as_bytes(make_lines_json(granule_, identity_))));
    DL_CHECK(folder_.add("provenance.json", kMediaTypeJson, as_bytes(document_text(provenance_))));
    const std::string item = make_stac_item({granule_, identity_, options_, summaries_, tie_grid_, folder_.assets()});
    DL_CHECK(folder_.add("item.json", kMediaTypeGeoJson, as_bytes(item)));
    const SensingTimes times = sensing_times(granule_.lines);
    return folder_.publish(identity_, times.start, times.end, options_);
  }

 private:
  [[nodiscard]] TiffMetadata metadata_with(TiffMetadata own) const {
    TiffMetadata metadata = scene_tiff_metadata(granule_, identity_, options_);
    std::move(own.begin(), own.end(), std::back_inserter(metadata));
    return metadata;
  }

  Result<void> add_cog(const std::string& name, const CogImage& image) {
    const auto encoded = encode_cog(image, options_.compression_threads);
    if (!encoded) return Failure(encoded.error().in(fmt::format("cannot make '{}'", name)));
    return folder_.add(name, kMediaTypeCog, encoded->view());
  }

  Result<void> add_bands() {
    std::vector<GroundControlPoint> points;
    if (granule_.tie_grid) points = choose_ground_control_points(*granule_.tie_grid);
    for (std::size_t i = 0; i < granule_.bands.size(); ++i) {
      const calibrate::Band& band = granule_.bands[i];
      summaries_.push_back({measure_band(band.values), count_quality_bits(granule_.quality[i])});
      CogImage image{granule_.pixel_count,
                     granule_.line_count,
                     SampleType::uint16,
                     {},
                     calibrate::kNoData,
                     OverviewMethod::average,
                     metadata_with(band_tiff_metadata(band)),
                     points};
      image.bands.push_back({bytes_of(band.values), band.description, band.unit, band.scale, band.offset});
      DL_CHECK(add_cog(band_file_name(band.name), image));
    }
    return {};
  }

  Result<void> add_quality() {
    CogImage image{granule_.pixel_count,
                   granule_.line_count,
                   SampleType::uint8,
                   {},
                   {},
                   OverviewMethod::nearest,
                   metadata_with(quality_tiff_metadata()),
                   {}};
    for (std::size_t i = 0; i < granule_.bands.size(); ++i) {
      image.bands.push_back({bytes_of(granule_.quality[i]), granule_.bands[i].name, "", {}, {}});
    }
    return add_cog("quality.tif", image);
  }

  Result<void> add_tie_grid() {
    if (!tie_grid_) return {};
    const TieGridRaster& grid = *tie_grid_;
    CogImage image{grid.columns,
                   grid.rows,
                   SampleType::float64,
                   {},
                   kNowhere,
                   OverviewMethod::nearest,
                   metadata_with(tie_grid_tiff_metadata(grid)),
                   {}};
    image.bands = {{bytes_of(grid.longitude_deg), "longitude", "degree", {}, {}}};
    DL_CHECK(add_cog("lon.tif", image));
    image.bands = {{bytes_of(grid.latitude_deg), "latitude", "degree", {}, {}}};
    DL_CHECK(add_cog("lat.tif", image));
    image.type = SampleType::float32;
    image.bands = {{bytes_of(grid.sun_zenith_deg), "sun_zenith", "degree", {}, {}},
                   {bytes_of(grid.sun_azimuth_deg), "sun_azimuth", "degree", {}, {}},
                   {bytes_of(grid.sensor_zenith_deg), "sensor_zenith", "degree", {}, {}},
                   {bytes_of(grid.sensor_azimuth_deg), "sensor_azimuth", "degree", {}, {}}};
    return add_cog("angles.tif", image);
  }

  Result<void> add_quicklook() {
    DL_TRY(const EncodedFile encoded, encode_png(make_quicklook(granule_)));
    return folder_.add("quicklook.png", kMediaTypePng, encoded.view());
  }

  const CalibratedGranule& granule_;
  const SceneOptions& options_;
  SceneIdentity identity_;
  SceneFolder folder_;
  nlohmann::ordered_json provenance_;
  std::optional<TieGridRaster> tie_grid_;
  std::vector<BandSummary> summaries_;
};

}  // namespace

Result<WrittenScene> write_scene(const CalibratedGranule& granule, const SceneOptions& options) {
  DL_CHECK(check_granule(granule));
  const std::string id = scene_id({granule.platform, granule.instrument, granule.slot_start});
  DL_TRY(SceneFolder folder, SceneFolder::create(options.work_directory, id));
  auto scene = Writer(granule, options, std::move(folder)).write();
  if (!scene) return Failure(scene.error().in(fmt::format("scene '{}'", id)));
  return scene;
}

}  // namespace dl::scene
