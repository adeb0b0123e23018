// From codeblocks to transfer frames: takes the randomizer off and corrects with Reed-Solomon, many frames at once.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/kernel_choice.h"
#include "core/loss_ledger.h"
#include "link/coding/reed_solomon.h"
#include "link/frame.h"
#include "link/kernels/codeblock_kernel.h"
#include "link/profile.h"

namespace dl::link {

struct CodewordCounts {
  std::array<std::uint64_t, kMaxCorrectableSymbols + 1> by_symbols_corrected{};  // [0] arrived clean
  std::uint64_t uncorrectable = 0;
};

class ChannelDecoder {
 public:
  explicit ChannelDecoder(const Profile& profile, Kernel kernel = kernel_choice());

  // In place: the frames lose their parity and get `symbols_corrected`. A frame of which any codeword cannot be
  // corrected (or has any error, where the code is only to detect them) is dropped whole as rs_uncorrectable: its
  // header and pointer cannot be relied on. A frame that passes is a codeword, no more: the randomizer's own sequence
  // is one too (interleave 1, 2, 4, 8), so only the header check tells whether the profile's randomizer is the right
  // one. Allocates nothing once it has seen the largest batch.
  void decode(FrameBatch& batch);

  // Units are frames. Dropped: overhead (parity), rs_uncorrectable.
  [[nodiscard]] const LossLedger& losses() const { return losses_; }
  [[nodiscard]] const CodewordCounts& codewords() const { return codewords_; }

 private:
  void decode_codeblocks();
  void book(Frame& frame, const CodeblockResult& result);

  std::size_t data_size_ = 0;                // of a codeblock
  std::unique_ptr<CodeblockKernel> kernel_;  // only where the frames are coded
  Bytes mask_;                               // what is taken off here; empty where the kernel does it, or nobody
  std::vector<Frame*> frames_;               // of the present batch
  std::vector<std::span<Byte>> blocks_;
  std::vector<CodeblockResult> results_;
  LossLedger losses_;
  CodewordCounts codewords_;
};

}  // namespace dl::link
