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
  // A bit is decided once `depth` steps have followed it. Twenty constraint lengths would do, for the punctured rates
  // too; it is as far back as a change of the symbols' phase can be placed. A block has no more than `most_steps`.
  ViterbiDecoder(std::size_t depth, std::size_t most_steps, Kernel kernel = kernel_choice());

  // Forgets everything: any state is as likely as any other.
  void restart();

  // Adds a block of `symbols`, two per step, not more than `most_steps` steps. Gives the errors of the block, as the
  // best path at its end sees them. Followed by take() or give_back().
  SymbolErrors try_block(std::span<const std::int8_t> symbols);

  // Appends the bits that are decided now, a byte each: all but the last `depth`.
  void take(std::vector<std::uint8_t>& bits);
  // As if try_block() had not been called.
  void give_back();

  // Of the block on trial and of all undecided steps before it: per step, how many of its symbols are wrong (0 to 2).
  std::vector<std::uint8_t> errors_by_step();
  // Appends the bits of the first `steps` of those, and restarts.
  void take_first(std::size_t steps, std::vector<std::uint8_t>& bits);

  // The input has ended, or goes on elsewhere: appends the bits that were not decided yet, and restarts.
  void finish(std::vector<std::uint8_t>& bits);

  // Steps whose bits have not been taken.
  [[nodiscard]] std::size_t undecided() const { return held_; }

 private:
  // Follows the best path back from the end of `steps` steps; fills path_ and wrong_. Gives the errors from the step
  // `from` on.
  SymbolErrors trace_back(std::size_t steps, std::size_t from);

  std::size_t depth_;
  ViterbiKernel kernel_;
  ViterbiMetrics metrics_{};
  ViterbiMetrics metrics_before_{};
  std::size_t held_ = 0;   // steps taken, not decided
  std::size_t tried_ = 0;  // steps of the block on trial behind them
  std::vector<std::int8_t> symbols_;
  std::vector<ViterbiDecision> decisions_;
  std::vector<std::uint8_t> path_;   // bits
  std::vector<std::uint8_t> wrong_;  // of the step's symbols
};

}  // namespace dl::link
