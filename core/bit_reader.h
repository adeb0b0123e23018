// Reads bit fields, most significant bit first, out of bytes.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "core/bytes.h"

namespace dl {

// A view: the bytes must outlive the reader. Reading past the end yields zero bits and sets overrun(), so that
// a damaged stream needs one check at the end and not one per field.
class BitReader {
 public:
  explicit BitReader(ByteView bytes) : bytes_(bytes) {}

  // The next `count` bits (0 to 32) without taking them.
  [[nodiscard]] std::uint32_t peek(unsigned count) const {
    assert(count <= 32);
    std::uint64_t window = 0;
    const std::size_t first = position_bits_ / 8;
    for (std::size_t i = 0; i < 5; ++i) {
      window = (window << 8) | (first + i < bytes_.size() ? bytes_[first + i] : 0U);
    }
    const unsigned used = static_cast<unsigned>(position_bits_ % 8) + count;
    return static_cast<std::uint32_t>((window >> (40 - used)) & ((std::uint64_t{1} << count) - 1));
  }

  std::uint32_t take(unsigned count) {
    const std::uint32_t value = peek(count);
    skip(count);
    return value;
  }

  void skip(std::size_t count_bits) {
    position_bits_ += count_bits;
    overrun_ = overrun_ || position_bits_ > bytes_.size() * 8;
  }

  [[nodiscard]] std::size_t position_bits() const { return position_bits_; }
  [[nodiscard]] std::size_t remaining_bits() const {
    return bytes_.size() * 8 - std::min(bytes_.size() * 8, position_bits_);
  }
  [[nodiscard]] bool overrun() const { return overrun_; }

 private:
  ByteView bytes_;
  std::size_t position_bits_ = 0;
  bool overrun_ = false;
};

}  // namespace dl
