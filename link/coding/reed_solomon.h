// Reed-Solomon codes of CCSDS 131.0-B section 4: RS(255,223) with E = 16 and RS(255,239) with E = 8, code generator
// with the roots alpha^(11 j), j = 128 - E … 127 + E, symbols in the dual or the conventional basis, 1 to 8 codewords
// interleaved byte by byte, virtual fill in front.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/bytes.h"
#include "link/profile.h"

namespace dl::link {

inline constexpr unsigned kCodewordSymbols = 255;
inline constexpr unsigned kMaxParitySymbols = 32;
inline constexpr unsigned kMaxCorrectableSymbols = kMaxParitySymbols / 2;
inline constexpr unsigned kMaxInterleave = 8;

// The code and how its codewords lie in a codeblock.
struct CodeblockShape {
  ReedSolomonCode code = ReedSolomonCode::rs_255_223;  // not none
  Basis basis = Basis::dual;
  unsigned interleave = 1;          // 1 to 8
  unsigned virtual_fill_bytes = 0;  // per codeword, less than data_symbols()
  ReedSolomonUse use = ReedSolomonUse::correct;

  [[nodiscard]] unsigned parity_symbols() const { return code == ReedSolomonCode::rs_255_239 ? 16 : 32; }
  [[nodiscard]] unsigned correctable_symbols() const { return parity_symbols() / 2; }
  [[nodiscard]] unsigned data_symbols() const { return kCodewordSymbols - parity_symbols(); }
  // The first of the consecutive roots beta^j, beta = alpha^11.
  [[nodiscard]] unsigned first_root() const { return 128 - correctable_symbols(); }

  [[nodiscard]] std::size_t data_size_bytes() const {
    return std::size_t{interleave} * (data_symbols() - virtual_fill_bytes);
  }
  [[nodiscard]] std::size_t size_bytes() const {
    return std::size_t{interleave} * (kCodewordSymbols - virtual_fill_bytes);
  }
};

// Symbols corrected in each codeword; kUncorrectable where the codeword was left as it came: it has more wrong symbols
// than the code corrects, or any at all where it is only to detect them.
struct CodeblockResult {
  static constexpr std::uint8_t kUncorrectable = 255;
  std::array<std::uint8_t, kMaxInterleave> corrected{};  // the first `interleave` count
  unsigned interleave = 1;

  [[nodiscard]] bool uncorrectable() const;  // any of them
  [[nodiscard]] unsigned symbols_corrected() const;
};

class ReedSolomon {
 public:
  explicit ReedSolomon(const CodeblockShape& shape);

  [[nodiscard]] const CodeblockShape& shape() const { return shape_; }

  // `codeblock` has shape().size_bytes(), the data in front; the parity behind is written.
  void encode(std::span<Byte> codeblock) const;

  // Corrects up to 16 (or 8) symbols of each codeword in place. A "correction" of the virtual fill, which was never
  // sent and cannot be wrong, is refused as uncorrectable.
  // A word with more wrong symbols than that is refused, unless it happens to lie near another codeword: one of random
  // words in 4e13 (RS(255,223)) or one in 48,000 (RS(255,239)), nearly 1 / 16! and 1 / 8!.
  [[nodiscard]] CodeblockResult decode(std::span<Byte> codeblock) const;

 private:
  CodeblockShape shape_;
};

}  // namespace dl::link
