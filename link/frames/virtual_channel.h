// One virtual channel: counts its frames, finds gaps, and drops frames that come twice (docs/decisions/0002).
//
// What becomes of a frame, by its counter against the last one passed on (24 bits, true wrap: a step below 2^23 is
// ahead):
//   the next one                              passed on
//   the same or behind, or ahead of the next; same counter and content seen before   dropped, repeated_frame
//   ahead of the next                         passed on; the frames between are a gap
//   the same or behind, counter seen with other content   counter reset: passed on, a gap of unknown length before it
//   behind, never seen, but between (64 frames before) the first and the last of this count
//                                             dropped, late_frame: it fills a gap that has been reported, its packets
//                                             are cut already. kLateFramesInARow of them in sequence are a counter
//                                             reset, or kLateFramesInARowOfReplay after a repeated frame, when an
//                                             earlier stretch is being sent again
//   behind and before all that                counter reset
// Once more than 2^19 frames have passed, the oldest are forgotten; then a frame behind that is not remembered is taken
// for a repetition (a sender that started again) and dropped as repeated_frame.
#pragma once

#include <cstdint>

#include "core/loss_ledger.h"
#include "link/frame.h"
#include "link/frames/frame_memory.h"

namespace dl::link {

class VirtualChannel {
 public:
  static constexpr unsigned kLateFramesInARow = 4;
  static constexpr unsigned kLateFramesInARowOfReplay = 1024;
  static constexpr std::uint32_t kLateWindowFrames = 64;

  struct Counts {
    std::uint64_t frames = 0;  // passed on
    std::uint32_t first_counter = 0;
    std::uint32_t last_counter = 0;
    std::uint64_t gaps = 0;         // counter resets not included
    std::uint64_t frames_lost = 0;  // in the gaps
    std::uint64_t counter_resets = 0;
    std::uint64_t flywheel_frames = 0;
    std::uint64_t frames_with_corrections = 0;
    std::uint64_t symbols_corrected = 0;
    std::uint64_t marker_bit_errors = 0;
  };

  // Sets widened_counter, gap_before and frames_lost_before, or drops the frame.
  void take(Frame& frame);

  // Units are frames. Dropped: repeated_frame, late_frame.
  [[nodiscard]] const LossLedger& losses() const { return losses_; }
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  enum class Verdict { next, ahead, reset, repeated, late };

  [[nodiscard]] Verdict judge(std::uint32_t counter, std::uint32_t crc);
  [[nodiscard]] Verdict judge_behind(std::uint32_t counter, std::uint32_t behind);
  void pass_on(Frame& frame, Verdict verdict);

  FrameMemory memory_;
  bool started_ = false;
  std::uint64_t first_ = 0;  // widened, of the present count: the frames since the last reset
  std::uint64_t last_ = 0;   // widened
  bool replay_ = false;      // a repeated frame has come since the last one passed on
  unsigned late_in_a_row_ = 0;
  std::uint32_t last_late_ = 0;
  Counts counts_;
  LossLedger losses_;
};

}  // namespace dl::link
