// One virtual channel: counts its frames, finds gaps, and drops frames that come twice (docs/decisions/0002).
//
// What becomes of a frame, by its counter against the last one passed on. The counter has as many bits as its kind of
// frame gives it, and truly wraps; a step below half its range is ahead.
//   the next one                              passed on
//   another, and same counter and content seen before   dropped, repeated_frame
//   ahead of the next                         passed on; the frames between are a gap
//   the same, with other content              once: counter reset. Again: the counter is frozen, see below
//   behind, counter seen with other content   counter reset: passed on, a gap of unknown length before it
//   behind, never seen, but between (64 frames before) the first and the last of this count
//                                             dropped, late_frame: it fills a gap that has been reported, its packets
//                                             are cut already. kLateFramesInARow of them in sequence are a counter
//                                             reset, or kLateFramesInARowOfReplay after a repeated frame, when an
//                                             earlier stretch is being sent again
//   behind and before all that                counter reset
// Once more than 2^19 frames have passed, the oldest are forgotten; then a frame behind that is not remembered is taken
// for a repetition (a sender that started again) and dropped as repeated_frame.
//
// Short counters (below 24 bits, TM has 8) come round within a pass, so "behind" says little of them: only a step back
// of up to a sixteenth of the range is late, if the master channel's count does not say that time went on; all others
// are gaps. A gap of exactly one range (256 frames), or of several, is invisible; one longer than that is counted
// modulo the range. Frames that came before are known by their content; a stretch that is sent again and by chance
// begins with the next count (one in 256) is not recognised.
//
// A frozen counter stands still while the content changes. Nothing is dropped: its frames are passed on as if they had
// no counter, and widened_counter stands still too. Frames without a counter (counter_bits 0) are passed on all. In a
// stream of bits both have a gap before them only where bits or frames of the stream were lost; where the station hands
// over frames, nothing shows whether one is missing, and each frame of a frozen counter has a gap before it. Frames
// that came while the counter stood still are taken off the gap that shows when it goes on.
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
    std::uint64_t frozen_frames = 0;  // passed on though their counter stood still
    std::uint64_t idle_frames = 0;    // that say of themselves that they carry idle data only
    std::uint64_t flywheel_frames = 0;
    std::uint64_t frames_with_corrections = 0;
    std::uint64_t symbols_corrected = 0;
    std::uint64_t marker_bit_errors = 0;
  };

  // `stream_of_bits`: Frame::breaks_before shows every loss before the frame, not only some.
  explicit VirtualChannel(bool stream_of_bits = true) : stream_of_bits_(stream_of_bits) {}

  // Sets widened_counter, gap_before and frames_lost_before, or drops the frame. `master_steps`: how far the master
  // channel's counter has gone on (MasterChannel); frames without one leave it out.
  void take(Frame& frame, std::uint8_t master_steps = 0);

  // Units are frames. Dropped: repeated_frame, late_frame.
  [[nodiscard]] const LossLedger& losses() const { return losses_; }
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  enum class Verdict { uncounted, next, ahead, reset, frozen, repeated, late };

  [[nodiscard]] Verdict judge(const Frame& frame, std::uint32_t crc, std::uint8_t master_steps);
  [[nodiscard]] Verdict judge_short(std::uint32_t counter, std::uint32_t crc, bool time_went_on);
  [[nodiscard]] Verdict judge_long(std::uint32_t counter, std::uint32_t crc);
  [[nodiscard]] Verdict judge_same();
  [[nodiscard]] Verdict judge_behind(std::uint32_t counter, std::uint32_t behind);
  [[nodiscard]] Verdict judge_late(std::uint32_t counter);
  [[nodiscard]] bool seen_before(std::uint32_t counter, std::uint32_t crc) const;
  void remember(std::uint32_t counter, std::uint32_t crc);

  void pass_on(Frame& frame, Verdict verdict);
  void go_on(Frame& frame);
  void start_anew(Frame& frame);
  void count(const Frame& frame);

  [[nodiscard]] std::uint64_t period() const { return std::uint64_t{1} << counter_bits_; }
  [[nodiscard]] bool is_short() const { return counter_bits_ < kLongCounterBits; }
  [[nodiscard]] std::uint32_t steps(std::uint64_t from, std::uint64_t to) const {
    return static_cast<std::uint32_t>((to - from) & (period() - 1));
  }

  static constexpr unsigned kLongCounterBits = 24;

  bool stream_of_bits_;
  FrameMemory by_counter_;
  FrameMemory by_content_;  // of short and of frozen counters, and of counters that came with other content before
  bool remembers_content_ = false;
  bool counter_seen_ = false;  // the frame's, with other content
  bool started_ = false;
  std::uint8_t counter_bits_ = 0;
  std::uint64_t first_ = 0;          // widened, of the present count: the frames since the last reset
  std::uint64_t last_ = 0;           // widened
  std::uint64_t same_in_a_row_ = 0;  // frames behind the last one with its counter
  std::uint32_t last_breaks_ = 0;
  bool replay_ = false;  // a repeated frame has come since the last one passed on
  unsigned late_in_a_row_ = 0;
  std::uint32_t last_late_ = 0;
  Counts counts_;
  LossLedger losses_;
};

}  // namespace dl::link
