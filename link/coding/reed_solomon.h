// RS(255,223) of CCSDS 131.0-B section 4: E = 16, code generator with the roots alpha^(11 j), j = 112 … 143, symbols
// in the dual or the conventional basis, 1 to 8 codewords interleaved byte by byte, virtual fill in front.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/bytes.h"
#include "link/profile.h"

namespace dl::link {

inline constexpr unsigned kCodewordSymbols = 255;
inline constexpr unsigned kParitySymbols = 32;
inline constexpr unsigned kDataSymbols = kCodewordSymbols - kParitySymbols;
inline constexpr unsigned kCorrectableSymbols = kParitySymbols / 2;
inline constexpr unsigned kMaxInterleave = 8;

// Symbols corrected in each codeword; kUncorrectable where the codeword was left as it came.
struct CodeblockResult {
  static constexpr std::uint8_t kUncorrectable = 255;
  std::array<std::uint8_t, kMaxInterleave> corrected{};  // the first `interleave` count
  unsigned interleave = 1;

  [[nodiscard]] bool uncorrectable() const;  // any of them
  [[nodiscard]] unsigned symbols_corrected() const;
};

class ReedSolomon {
 public:
  // `interleave` 1 to 8; `virtual_fill_bytes` per codeword, 0 to 222.
  ReedSolomon(Basis basis, unsigned interleave, unsigned virtual_fill_bytes);

  [[nodiscard]] std::size_t data_size_bytes() const {
    return std::size_t{interleave_} * (kDataSymbols - virtual_fill_);
  }
  [[nodiscard]] std::size_t codeblock_size_bytes() const {
    return std::size_t{interleave_} * (kCodewordSymbols - virtual_fill_);
  }

  // `codeblock` has codeblock_size_bytes(), the data in front; the parity behind is written.
  void encode(std::span<Byte> codeblock) const;

  // Corrects up to 16 symbols of each codeword in place. A "correction" of the virtual fill, which was never sent and
  // cannot be wrong, is refused as uncorrectable.
  [[nodiscard]] CodeblockResult decode(std::span<Byte> codeblock) const;

 private:
  Basis basis_;
  unsigned interleave_;
  unsigned virtual_fill_;
};

}  // namespace dl::link
