// Cloud-optimised GeoTIFF of samples in memory, by GDAL's COG driver: 512 x 512 tiles, ZSTD level 1 with predictor
// (performance.md: 8 times less CPU than the driver's level 9 for 8 % more bytes), overviews by halves.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/bytes.h"
#include "core/error.h"
#include "scene/encoded_file.h"

namespace dl::scene {

enum class SampleType { uint8, uint16, float32, float64 };
enum class OverviewMethod {
  average,  // of the pixels that are not nodata; nodata only where all are
  nearest,  // for bits and codes, of which there is no average
};

struct CogBand {
  ByteView samples;  // [line][pixel], host byte order
  std::string description;
  std::string unit;
  std::optional<double> scale;
  std::optional<double> offset;
};

// A place whose position is known, for viewers. `pixel` and `line` count from the top left corner of the top left
// pixel: the centre of that pixel is (0.5, 0.5). WGS-84.
struct GroundControlPoint {
  double pixel = 0;
  double line = 0;
  double longitude_deg = 0;
  double latitude_deg = 0;
};

struct CogImage {
  std::size_t width = 0;
  std::size_t height = 0;
  SampleType type = SampleType::uint8;
  std::vector<CogBand> bands;  // interleaved by pixel in the file, where there are several
  std::optional<double> nodata;
  OverviewMethod overviews = OverviewMethod::nearest;
  std::vector<std::pair<std::string, std::string>> metadata;  // of the whole file
  std::vector<GroundControlPoint> ground_control_points;
};

// The same image gives the same bytes, with any number of threads, by the same release of GDAL.
// Kinds permanent (sizes that contradict each other), io, exhausted.
Result<EncodedFile> encode_cog(const CogImage& image, unsigned threads);

}  // namespace dl::scene
