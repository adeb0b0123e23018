// From codeblocks to transfer frames: takes the randomizer off and corrects with Reed-Solomon.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/loss_ledger.h"
#include "link/coding/reed_solomon.h"
#include "link/frame.h"
#include "link/profile.h"

namespace dl::link {

struct CodewordCounts {
  std::array<std::uint64_t, kCorrectableSymbols + 1> by_symbols_corrected{};  // [0] arrived clean
  std::uint64_t uncorrectable = 0;
};

class ChannelDecoder {
 public:
  explicit ChannelDecoder(const Profile& profile);

  // In place: the frames lose their parity and get `symbols_corrected`. A frame of which any codeword cannot be
  // corrected is dropped whole as rs_uncorrectable: its header and pointer cannot be relied on. A frame that passes is
  // a codeword, no more: the randomizer's own sequence is one too (interleave 1, 2, 4, 8), so only the header check
  // tells whether the profile's randomizer is the right one.
  void decode(FrameBatch& batch);

  // Units are frames. Dropped: overhead (parity), rs_uncorrectable.
  [[nodiscard]] const LossLedger& losses() const { return losses_; }
  [[nodiscard]] const CodewordCounts& codewords() const { return codewords_; }

 private:
  void decode(Frame& frame);

  Randomizer randomizer_;
  std::optional<ReedSolomon> reed_solomon_;
  LossLedger losses_;
  CodewordCounts codewords_;
};

}  // namespace dl::link
