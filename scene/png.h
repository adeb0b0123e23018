// PNG of 8-bit samples in memory, by GDAL's PNG driver.
#pragma once

#include "core/bytes.h"
#include "core/error.h"
#include "scene/encoded_file.h"

namespace dl::scene {

struct Picture {
  std::size_t width = 0;
  std::size_t height = 0;
  std::size_t channels = 0;  // 2: grey and alpha; 4: red, green, blue and alpha
  Bytes samples;             // [line][pixel][channel]
};

// The same picture gives the same bytes. Kinds permanent (sizes that contradict each other), io, exhausted.
Result<EncodedFile> encode_png(const Picture& picture);

}  // namespace dl::scene
