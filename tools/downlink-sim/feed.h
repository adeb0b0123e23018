// The stream in pieces, at its rate, with its pause and its cuts: what every sender sends from.
#pragma once

#include <chrono>
#include <cstddef>

#include "tools/downlink-sim/send.h"

namespace dl::sim {

class Feed {
 public:
  // `bytes` and `options` outlive this.
  Feed(ByteView bytes, const SendOptions& options);

  // At most `most_bytes` from where we are, when they are due; ends before a cut. Empty: at a cut, or at the end.
  ByteView next(std::size_t most_bytes);
  // One unit without its first skip_bytes; the last one may be short. Empty: at a cut, or at the end.
  ByteView next_unit();

  [[nodiscard]] bool at_end() const { return position_ == bytes_.size(); }
  // Whether we are at a cut, which is passed by this.
  bool pass_cut();
  // To the beginning of a unit: what a cut has left of one is gone.
  void align();
  // Everything once more, cuts and pause too.
  void rewind();

  // Pieces that flow instead of arriving in lumps.
  [[nodiscard]] std::size_t piece_bytes() const;

 private:
  void wait_until_due();

  ByteView bytes_;
  const SendOptions& options_;
  std::vector<std::uint64_t> cuts_;  // that are to come, ascending
  std::size_t position_ = 0;
  bool paused_ = false;
  std::chrono::steady_clock::time_point start_;  // of the pace; moved on by pauses
};

}  // namespace dl::sim
