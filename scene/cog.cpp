#include "scene/cog.h"

#include <algorithm>

#include <fmt/format.h>
#include <ogr_spatialref.h>

#include "scene/gdal_memory.h"

namespace dl::scene {

namespace {

GDALDataType gdal_type(SampleType type) {
  switch (type) {
    case SampleType::uint8:
      return GDT_Byte;
    case SampleType::uint16:
      return GDT_UInt16;
    case SampleType::float32:
      return GDT_Float32;
    case SampleType::float64:
      return GDT_Float64;
  }
  return GDT_Unknown;
}

std::size_t sample_bytes(SampleType type) {
  return static_cast<std::size_t>(GDALGetDataTypeSizeBytes(gdal_type(type)));
}

Result<void> check_sizes(const CogImage& image) {
  const std::size_t expected_bytes = image.width * image.height * sample_bytes(image.type);
  for (const CogBand& band : image.bands) {
    if (band.samples.size() == expected_bytes) continue;
    return fail(ErrorKind::permanent,
                fmt::format("band '{}' has {} bytes, expected {} for {} x {} pixels", band.description,
                            band.samples.size(), expected_bytes, image.width, image.height));
  }
  if (image.bands.empty()) return fail(ErrorKind::permanent, "an image without bands cannot be written");
  return {};
}

void describe_band(GDALRasterBand& target, const CogBand& band, std::optional<double> nodata) {
  target.SetDescription(band.description.c_str());
  if (!band.unit.empty()) target.SetUnitType(band.unit.c_str());
  if (band.scale) target.SetScale(*band.scale);
  if (band.offset) target.SetOffset(*band.offset);
  if (nodata) target.SetNoDataValue(*nodata);
}

void set_ground_control_points(GDALDataset& dataset, const std::vector<GroundControlPoint>& points) {
  if (points.empty()) return;
  std::vector<GDAL_GCP> list(points.size());
  GDALInitGCPs(static_cast<int>(list.size()), list.data());
  std::transform(points.begin(), points.end(), list.begin(), list.begin(), [](const auto& point, GDAL_GCP gcp) {
    gcp.dfGCPPixel = point.pixel;
    gcp.dfGCPLine = point.line;
    gcp.dfGCPX = point.longitude_deg;
    gcp.dfGCPY = point.latitude_deg;
    return gcp;
  });
  OGRSpatialReference wgs84;
  wgs84.SetWellKnownGeogCS("WGS84");
  wgs84.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
  dataset.SetGCPs(static_cast<int>(list.size()), list.data(), &wgs84);  // copies
  GDALDeinitGCPs(static_cast<int>(list.size()), list.data());
}

std::vector<std::string> creation_options(const CogImage& image, unsigned threads) {
  const char* method = image.overviews == OverviewMethod::average ? "AVERAGE" : "NEAREST";
  return {"COMPRESS=ZSTD",
          "LEVEL=1",
          "PREDICTOR=YES",
          "OVERVIEW_COMPRESS=ZSTD",
          "OVERVIEW_PREDICTOR=YES",
          "BLOCKSIZE=512",
          "BIGTIFF=IF_SAFER",
          "GEOTIFF_VERSION=1.1",
          "OVERVIEWS=IGNORE_EXISTING",
          fmt::format("OVERVIEW_RESAMPLING={}", method),
          "SPARSE_OK=FALSE",
          fmt::format("NUM_THREADS={}", std::max(threads, 1U))};
}

// What the driver takes from the environment and shows in the bytes: found by trying GDAL 3.6.2's options one by one.
std::vector<std::string> driver_settings(const CogImage& image) {
  const bool floating = image.type == SampleType::float32 || image.type == SampleType::float64;
  return {"COMPRESS_OVERVIEW=ZSTD",
          "ZSTD_LEVEL_OVERVIEW=1",
          floating ? "PREDICTOR_OVERVIEW=3" : "PREDICTOR_OVERVIEW=2",
          "INTERLEAVE_OVERVIEW=PIXEL",
          "PHOTOMETRIC_OVERVIEW=",  // empty counts as not set: that of the image
          "SPARSE_OK_OVERVIEW=NO",
          "BIGTIFF_OVERVIEW=IF_SAFER",
          "GDAL_TIFF_OVR_BLOCKSIZE=512",
          "GDAL_TIFF_ENDIANNESS=LITTLE",
          "GDAL_OVR_PROPAGATE_NODATA=NO",
          "GTIFF_WRITE_IMAGE_STRUCTURE_METADATA=YES",
          "GTIFF_DONT_WRITE_BLOCKS=NO"};
}

}  // namespace

Result<EncodedFile> encode_cog(const CogImage& image, unsigned threads) {
  DL_CHECK(check_sizes(image));
  const std::size_t pixel_stride = sample_bytes(image.type);
  std::vector<gdal::MemoryBand> memory;
  for (const CogBand& band : image.bands) {
    memory.push_back({band.samples.data(), pixel_stride, pixel_stride * image.width});
  }
  DL_TRY(const gdal::Dataset dataset,
         gdal::make_memory_dataset(image.width, image.height, gdal_type(image.type), memory));
  for (std::size_t i = 0; i < image.bands.size(); ++i) {
    describe_band(*dataset->GetRasterBand(static_cast<int>(i + 1)), image.bands[i], image.nodata);
  }
  // Otherwise a reader takes three bands of bytes for red, green and blue.
  dataset->GetRasterBand(1)->SetColorInterpretation(GCI_GrayIndex);
  for (const auto& [name, value] : image.metadata) dataset->SetMetadataItem(name.c_str(), value.c_str());
  set_ground_control_points(*dataset, image.ground_control_points);
  return gdal::encode(*dataset, "COG", creation_options(image, threads), driver_settings(image));
}

}  // namespace dl::scene
