#include "link/frame_receiver.h"

namespace dl::link {

FrameReceiver::FrameReceiver(const Profile& profile)
    : profile_(profile), sync_(profile), decoder_(profile), check_(profile) {
  if (profile.form == InputForm::soft_symbols) soft_.emplace(profile.soft.value_or(SoftCoding{}));
  if (profile.form == InputForm::bits && profile.frame_kind == FrameKind::hrpt) words_.emplace();
}

void FrameReceiver::push(ByteView bytes, UtcTime received_at, StationVerdict station) {
  batch_.clear();
  if (soft_) {
    soft_->push(bytes, received_at, bits_);
    synchronise_bits();
  } else if (words_) {
    words_->push(bytes, received_at, bits_);
    synchronise_bits();
  } else {
    sync_.push(bytes, received_at, batch_, station);
  }
  check_frames();
}

void FrameReceiver::flush() {
  batch_.clear();
  if (soft_) {
    soft_->flush(bits_);
    synchronise_bits();
  } else if (words_) {
    words_->flush(bits_);
    synchronise_bits();
  }
  sync_.flush(batch_);
  check_frames();
}

void FrameReceiver::skip(std::uint64_t size_bytes, DropReason reason) {
  batch_.clear();
  if (soft_) {
    soft_->skip(size_bytes, reason, bits_);
    synchronise_bits();
    sync_.flush(batch_);
  } else if (words_) {
    words_->skip(size_bytes, reason, bits_);
    synchronise_bits();
    sync_.flush(batch_);
  } else {
    sync_.skip(size_bytes, reason, batch_);
  }
  check_frames();
}

// Frames say where in the input, which is symbols, they began.
void FrameReceiver::synchronise_bits() {
  ByteView rest = bits_.bytes;
  for (const SoftBits::Run& run : bits_.runs) {
    sync_.push(rest.first(run.size_bytes), run.received_at, batch_);
    rest = rest.subspan(run.size_bytes);
  }
  bits_.clear();
}

void FrameReceiver::check_frames() {
  if (soft_) {
    for (Frame& frame : batch_.frames()) frame.input_offset = soft_->input_offset_of(frame.input_offset);
  }
  decoder_.decode(batch_);
  check_.check(batch_);
  if (!words_) return;
  // Only now: the check looks at how many bits lie between two frames.
  for (Frame& frame : batch_.frames()) frame.input_offset = words_->input_offset_of(frame.input_offset);
}

bool FrameReceiver::locked() const {
  return (!soft_ || soft_->locked()) && sync_.locked();
}

void FrameReceiver::report_to(LinkReport& report) const {
  report.form = profile_.form;
  if (soft_) {
    report.soft = soft_->losses();
    report.soft_counts = soft_->counts();
  }
  if (words_) {
    report.words = words_->losses();
    report.word_container = words_->container();
  }
  report.sync = sync_.losses();
  report.sync_counts = sync_.counts();
  report.coding = decoder_.losses();
  report.codewords = decoder_.codewords();
  report.headers = check_.losses();
  report.scids = check_.other_spacecraft();
}

}  // namespace dl::link
