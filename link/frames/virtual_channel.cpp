#include "link/frames/virtual_channel.h"

#include "core/crc.h"

namespace dl::link {
namespace {

// A step back of no more than this share of a short counter's range may be a late frame.
constexpr std::uint32_t kShortLateShare = 16;
// Of the master channel's counter: beyond half its range the frame is behind, 0 where there is none.
constexpr std::uint8_t kMasterHalfRange = 128;

}  // namespace

void VirtualChannel::take(Frame& frame, std::uint8_t master_steps) {
  ++losses_.units_in;
  losses_.bytes_in += frame.bytes.size();
  const std::uint32_t crc = frame.counter_bits == 0 ? 0 : crc32c(frame.bytes);
  const Verdict verdict = judge(frame, crc, master_steps);
  if (verdict == Verdict::repeated || verdict == Verdict::late) {
    frame.dropped = verdict == Verdict::repeated ? DropReason::repeated_frame : DropReason::late_frame;
    losses_.drop(*frame.dropped, 1, frame.bytes.size());
    replay_ = replay_ || verdict == Verdict::repeated;
    return;
  }
  pass_on(frame, verdict);
  if (verdict != Verdict::uncounted) remember(frame.counter, crc);
}

VirtualChannel::Verdict VirtualChannel::judge(const Frame& frame, std::uint32_t crc, std::uint8_t master_steps) {
  counter_seen_ = false;
  if (frame.counter_bits == 0) return Verdict::uncounted;
  if (!started_ || frame.counter_bits != counter_bits_) return Verdict::reset;
  // Not even looked up: after a counter reset, fill frames may well equal those of the count before. But a stretch that
  // is sent again soon comes to the next of a short counter.
  if (steps(last_, frame.counter) == 1 && !(is_short() && replay_)) return Verdict::next;
  if (!is_short()) return judge_long(frame.counter, crc);
  return judge_short(frame.counter, crc, master_steps != 0 && master_steps <= kMasterHalfRange);
}

VirtualChannel::Verdict VirtualChannel::judge_short(std::uint32_t counter, std::uint32_t crc, bool time_went_on) {
  if (seen_before(counter, crc)) return Verdict::repeated;
  if (counter == (last_ & (period() - 1))) return judge_same();
  const std::uint32_t behind = steps(counter, last_);
  if (behind <= period() / kShortLateShare && !time_went_on) return judge_late(counter);
  return Verdict::ahead;
}

VirtualChannel::Verdict VirtualChannel::judge_long(std::uint32_t counter, std::uint32_t crc) {
  const std::uint32_t ahead = steps(last_, counter);
  const FrameMemory::Answer answer = by_counter_.look_up(counter, crc);
  counter_seen_ = answer == FrameMemory::Answer::other;
  if (answer == FrameMemory::Answer::same || seen_before(counter, crc)) return Verdict::repeated;
  if (ahead == 0) return judge_same();
  if (ahead < period() / 2) return Verdict::ahead;
  if (answer == FrameMemory::Answer::other) return Verdict::reset;
  return judge_behind(counter, steps(counter, last_));
}

VirtualChannel::Verdict VirtualChannel::judge_same() {
  return same_in_a_row_ == 0 ? Verdict::reset : Verdict::frozen;
}

VirtualChannel::Verdict VirtualChannel::judge_behind(std::uint32_t counter, std::uint32_t behind) {
  if (behind > last_ - first_ + kLateWindowFrames) return Verdict::reset;
  if (by_counter_.has_forgotten() && behind >= FrameMemory::kGenerationFrames) return Verdict::repeated;
  return judge_late(counter);
}

VirtualChannel::Verdict VirtualChannel::judge_late(std::uint32_t counter) {
  late_in_a_row_ = late_in_a_row_ > 0 && steps(last_late_, counter) == 1 ? late_in_a_row_ + 1 : 1;
  last_late_ = counter;
  return late_in_a_row_ < (replay_ ? kLateFramesInARowOfReplay : kLateFramesInARow) ? Verdict::late : Verdict::reset;
}

bool VirtualChannel::seen_before(std::uint32_t counter, std::uint32_t crc) const {
  return remembers_content_ && by_content_.look_up(crc, counter) == FrameMemory::Answer::same;
}

void VirtualChannel::remember(std::uint32_t counter, std::uint32_t crc) {
  // A counter that comes again and again with other content would make a long row of one place.
  if (!is_short() && same_in_a_row_ == 0 && !counter_seen_) {
    by_counter_.remember(counter, crc);
    return;
  }
  by_content_.remember(crc, counter);
  remembers_content_ = true;
}

void VirtualChannel::pass_on(Frame& frame, Verdict verdict) {
  late_in_a_row_ = 0;
  replay_ = false;
  const bool broken = frame.breaks_before != last_breaks_;
  last_breaks_ = frame.breaks_before;
  if (verdict == Verdict::uncounted) {
    frame.gap_before = !started_ || broken;
    started_ = true;
  } else if (verdict == Verdict::frozen) {
    ++same_in_a_row_;
    ++counts_.frozen_frames;
    frame.gap_before = broken || !stream_of_bits_;
  } else if (verdict == Verdict::reset) {
    start_anew(frame);
  } else {
    go_on(frame);
    frame.gap_before = frame.frames_lost_before != 0 || (same_in_a_row_ > 1 && broken);
    same_in_a_row_ = 0;
  }
  frame.widened_counter = last_;
  count(frame);
}

// The widened counter goes on in the next period, so that it never runs backwards.
void VirtualChannel::start_anew(Frame& frame) {
  const bool same = started_ && frame.counter_bits == counter_bits_ && steps(last_, frame.counter) == 0;
  same_in_a_row_ = same ? 1 : 0;
  counter_bits_ = frame.counter_bits;
  if (started_) {
    ++counts_.counter_resets;
    last_ = (last_ / period() + 1) * period() + frame.counter;
  } else {
    last_ = frame.counter;
    counts_.first_counter = frame.counter;
    started_ = true;
  }
  first_ = last_;
  frame.gap_before = true;
}

void VirtualChannel::go_on(Frame& frame) {
  const std::uint32_t ahead = steps(last_, frame.counter);
  last_ += ahead;
  const std::uint64_t came_frozen = same_in_a_row_ > 1 ? same_in_a_row_ : 0;
  frame.frames_lost_before = ahead - 1 > came_frozen ? ahead - 1 - came_frozen : 0;
  if (frame.frames_lost_before == 0) return;
  ++counts_.gaps;
  counts_.frames_lost += frame.frames_lost_before;
}

void VirtualChannel::count(const Frame& frame) {
  ++counts_.frames;
  counts_.last_counter = frame.counter;
  counts_.idle_frames += frame.first_header_pointer == kIdleDataOnly ? 1 : 0;
  counts_.flywheel_frames += frame.quality.flywheel ? 1 : 0;
  counts_.frames_with_corrections += frame.quality.symbols_corrected > 0 ? 1 : 0;
  counts_.symbols_corrected += frame.quality.symbols_corrected;
  counts_.marker_bit_errors += frame.quality.marker_bit_errors;
  ++losses_.units_out;
  losses_.bytes_out += frame.bytes.size();
}

}  // namespace dl::link
