#include "scene/png.h"

#include <fmt/format.h>

#include "scene/gdal_memory.h"

namespace dl::scene {

namespace {

GDALColorInterp meaning(std::size_t channels, std::size_t channel) {
  if (channel + 1 == channels) return GCI_AlphaBand;
  if (channels == 2) return GCI_GrayIndex;
  constexpr GDALColorInterp kColours[] = {GCI_RedBand, GCI_GreenBand, GCI_BlueBand};
  return kColours[channel];
}

}  // namespace

Result<EncodedFile> encode_png(const Picture& picture) {
  const std::size_t expected_bytes = picture.width * picture.height * picture.channels;
  if ((picture.channels != 2 && picture.channels != 4) || picture.samples.size() != expected_bytes) {
    return fail(ErrorKind::permanent,
                fmt::format("a picture of {} x {} with {} channels has {} bytes, expected {}", picture.width,
                            picture.height, picture.channels, picture.samples.size(), expected_bytes));
  }
  std::vector<gdal::MemoryBand> bands;
  for (std::size_t channel = 0; channel < picture.channels; ++channel) {
    bands.push_back({picture.samples.data() + channel, picture.channels, picture.channels * picture.width});
  }
  DL_TRY(const gdal::Dataset dataset, gdal::make_memory_dataset(picture.width, picture.height, GDT_Byte, bands));
  for (std::size_t channel = 0; channel < picture.channels; ++channel) {
    dataset->GetRasterBand(static_cast<int>(channel + 1))->SetColorInterpretation(meaning(picture.channels, channel));
  }
  return gdal::encode(*dataset, "PNG", {"ZLEVEL=6", "WORLDFILE=NO"}, {});
}

}  // namespace dl::scene
