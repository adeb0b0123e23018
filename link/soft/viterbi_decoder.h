// Maximum likelihood decoding of a continuous convolutional code (link/kernels/viterbi.h), a block of steps at a time.
// A block is decoded on trial: its error rate is known before it is taken, so that the caller can try another phase of
// the symbols instead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "link/kernels/viterbi.h"

namespace dl::link {

// Of symbols, against what the decoded bits encode to.
struct SymbolErrors {
  std::uint64_t compared = 0;  // symbols that were sent and are not exactly undecided
  std::uint64_t wrong = 0;

  [[nodiscard]] double rate() const {
    return compared == 0 ? 0.5 : static_cast<double>(wrong) / static_cast<double>(compared);
  }
};

class ViterbiDecoder {
 public:
  // Steps that must follow a bit before it is decided. Twenty constraint lengths and more, for the punctured rates too.
  static constexpr std::size_t kDepth = 192;

  explicit ViterbiDecoder(Kernel kernel = kernel_choice());

  // Forgets everything: any state is as likely as any other.
  void restart();

  // Adds a block of `symbols`, two per step, not more than `kMaxSteps` steps. Gives the errors of the bits that take()
  // would decide. Followed by take() or give_back().
  static constexpr std::size_t kMaxSteps = 4096;
  SymbolErrors try_block(std::span<const std::int8_t> symbols);

  // Appends the bits that are decided now, a byte each: all but the last kDepth.
  void take(std::vector<std::uint8_t>& bits);
  // As if try_block() had not been called.
  void give_back();

  // The input has ended, or goes on elsewhere: appends the bits that were not decided yet, and restarts.
  void finish(std::vector<std::uint8_t>& bits);

  // Steps whose bits have not been taken.
  [[nodiscard]] std::size_t undecided() const { return held_; }

 private:
  // Follows the best path back from the end of `steps` steps; fills path_ and counts errors in the first `decided`.
  SymbolErrors trace_back(std::size_t steps, std::size_t decided);

  ViterbiKernel kernel_;
  ViterbiMetrics metrics_{};
  ViterbiMetrics metrics_before_{};
  std::size_t held_ = 0;   // steps taken, not decided
  std::size_t tried_ = 0;  // steps of the block on trial behind them
  std::vector<std::int8_t> symbols_;
  std::vector<ViterbiDecision> decisions_;
  std::vector<std::uint8_t> path_;
};

}  // namespace dl::link
