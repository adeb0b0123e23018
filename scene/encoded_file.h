// The bytes of a file that an encoder made in its own memory.
#pragma once

#include <cstddef>
#include <memory>

#include "core/bytes.h"

namespace dl::scene {

class EncodedFile {
 public:
  using Release = void (*)(void*);
  EncodedFile(Byte* bytes, std::size_t size_bytes, Release release) : bytes_(bytes, release), size_bytes_(size_bytes) {}

  // Valid as long as this object lives.
  [[nodiscard]] ByteView view() const { return {bytes_.get(), size_bytes_}; }

 private:
  std::unique_ptr<Byte, Release> bytes_;
  std::size_t size_bytes_ = 0;
};

}  // namespace dl::scene
