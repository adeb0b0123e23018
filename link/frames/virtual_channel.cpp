#include "link/frames/virtual_channel.h"

#include "core/crc.h"
#include "link/frames/aos_frame.h"

namespace dl::link {
namespace {

constexpr std::uint64_t kCounterPeriod = std::uint64_t{kAosCounterMask} + 1;

std::uint32_t steps_from(std::uint64_t from, std::uint32_t to) {
  return (to - static_cast<std::uint32_t>(from)) & kAosCounterMask;
}

}  // namespace

void VirtualChannel::take(Frame& frame) {
  ++losses_.units_in;
  losses_.bytes_in += frame.bytes.size();
  const std::uint32_t crc = crc32c(frame.bytes);
  const Verdict verdict = judge(frame.counter, crc);
  if (verdict == Verdict::repeated || verdict == Verdict::late) {
    frame.dropped = verdict == Verdict::repeated ? DropReason::repeated_frame : DropReason::late_frame;
    losses_.drop(*frame.dropped, 1, frame.bytes.size());
    replay_ = replay_ || verdict == Verdict::repeated;
    return;
  }
  pass_on(frame, verdict);
  memory_.remember(frame.counter, crc);
}

VirtualChannel::Verdict VirtualChannel::judge(std::uint32_t counter, std::uint32_t crc) {
  if (!started_) return Verdict::reset;
  const std::uint32_t ahead = steps_from(last_, counter);
  // Not even looked up: after a counter reset, fill frames may well equal those of the count before.
  if (ahead == 1) return Verdict::next;
  const FrameMemory::Answer answer = memory_.look_up(counter, crc);
  if (answer == FrameMemory::Answer::same) return Verdict::repeated;
  if (ahead != 0 && ahead < kCounterPeriod / 2) return Verdict::ahead;
  if (answer == FrameMemory::Answer::other_content) return Verdict::reset;
  return judge_behind(counter, steps_from(counter, static_cast<std::uint32_t>(last_ & kAosCounterMask)));
}

VirtualChannel::Verdict VirtualChannel::judge_behind(std::uint32_t counter, std::uint32_t behind) {
  if (behind > last_ - first_ + kLateWindowFrames) return Verdict::reset;
  if (memory_.has_forgotten() && behind >= FrameMemory::kGenerationFrames) return Verdict::repeated;
  late_in_a_row_ = late_in_a_row_ > 0 && steps_from(last_late_, counter) == 1 ? late_in_a_row_ + 1 : 1;
  last_late_ = counter;
  return late_in_a_row_ < (replay_ ? kLateFramesInARowOfReplay : kLateFramesInARow) ? Verdict::late : Verdict::reset;
}

void VirtualChannel::pass_on(Frame& frame, Verdict verdict) {
  late_in_a_row_ = 0;
  replay_ = false;
  if (verdict == Verdict::reset) {
    // The widened counter goes on in the next period, so that it never runs backwards.
    if (started_) {
      ++counts_.counter_resets;
      last_ = (last_ / kCounterPeriod + 1) * kCounterPeriod + frame.counter;
    } else {
      last_ = frame.counter;
      counts_.first_counter = frame.counter;
      started_ = true;
    }
    first_ = last_;
    frame.gap_before = true;
  } else {
    const std::uint32_t steps = steps_from(last_, frame.counter);
    last_ += steps;
    frame.gap_before = steps != 1;
    frame.frames_lost_before = steps - 1;
    counts_.gaps += frame.gap_before ? 1 : 0;
    counts_.frames_lost += frame.frames_lost_before;
  }
  frame.widened_counter = last_;

  ++counts_.frames;
  counts_.last_counter = frame.counter;
  counts_.flywheel_frames += frame.quality.flywheel ? 1 : 0;
  counts_.frames_with_corrections += frame.quality.symbols_corrected > 0 ? 1 : 0;
  counts_.symbols_corrected += frame.quality.symbols_corrected;
  counts_.marker_bit_errors += frame.quality.marker_bit_errors;
  ++losses_.units_out;
  losses_.bytes_out += frame.bytes.size();
}

}  // namespace dl::link
