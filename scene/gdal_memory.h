// GDAL as this folder uses it: from memory to memory. No file of GDAL's own making, no message on standard error, no
// setting from the environment that would change the bytes. Only cog.cpp and png.cpp include this.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gdal_priv.h>

#include "core/bytes.h"
#include "core/error.h"
#include "scene/encoded_file.h"

namespace dl::scene::gdal {

struct CloseDataset {
  void operator()(GDALDataset* dataset) const { GDALClose(dataset); }
};
using Dataset = std::unique_ptr<GDALDataset, CloseDataset>;

// A dataset over memory of the caller, which outlives it and is only read. Each band's samples are [line][pixel] with
// `pixel_stride` and `line_stride` in bytes between them. Kind permanent.
struct MemoryBand {
  const Byte* samples = nullptr;
  std::size_t pixel_stride = 0;
  std::size_t line_stride = 0;
};
Result<Dataset> make_memory_dataset(std::size_t width, std::size_t height, GDALDataType type,
                                    const std::vector<MemoryBand>& bands);

// CreateCopy() of `source` by the named driver, with every error that GDAL reports up to and including the close taken
// as failure. `options` are the driver's creation options. `settings` are GDAL's configuration options, which stand in
// for those of the same name that the environment may hold. Both are "NAME=VALUE". Kinds io, exhausted.
Result<EncodedFile> encode(GDALDataset& source, const char* driver, const std::vector<std::string>& options,
                           const std::vector<std::string>& settings);

}  // namespace dl::scene::gdal
