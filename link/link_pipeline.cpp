#include "link/link_pipeline.h"

#include <cassert>

namespace dl::link {

LinkPipeline::LinkPipeline(const Profile& profile, IdlePackets idle)
    : profile_(profile), idle_(idle), sync_(profile), decoder_(profile), check_(profile) {
  if (profile.form == InputForm::soft_symbols) soft_.emplace(profile.soft.value_or(SoftCoding{}));
}

void LinkPipeline::push(ByteView bytes, UtcTime received_at, PacketBatch& out, StationVerdict station) {
  batch_.clear();
  if (soft_) {
    soft_->push(bytes, received_at, bits_);
    synchronise_bits();
  } else {
    sync_.push(bytes, received_at, batch_, station);
  }
  take_frames(out);
}

void LinkPipeline::flush(PacketBatch& out) {
  batch_.clear();
  if (soft_) {
    soft_->flush(bits_);
    synchronise_bits();
  }
  sync_.flush(batch_);
  take_frames(out);
  for (const auto& channel : channels_) {
    if (channel) channel->flush();
  }
  assert(report().balanced());
}

void LinkPipeline::skip(std::uint64_t size_bytes, DropReason reason, PacketBatch& out) {
  batch_.clear();
  if (soft_) {
    soft_->skip(size_bytes, reason, bits_);
    synchronise_bits();
    sync_.flush(batch_);
  } else {
    sync_.skip(size_bytes, reason, batch_);
  }
  take_frames(out);
}

// Frames say where in the input, which is symbols, they began.
void LinkPipeline::synchronise_bits() {
  ByteView rest = bits_.bytes;
  for (const SoftBits::Run& run : bits_.runs) {
    sync_.push(rest.first(run.size_bytes), run.received_at, batch_);
    rest = rest.subspan(run.size_bytes);
  }
  bits_.clear();
}

void LinkPipeline::take_frames(PacketBatch& out) {
  if (soft_) {
    for (Frame& frame : batch_.frames()) frame.input_offset = soft_->input_offset_of(frame.input_offset);
  }
  decoder_.decode(batch_);
  check_.check(batch_);
  for (Frame& frame : batch_.frames()) take(frame, out);
}

// A master channel's count goes on over idle frames, whatever becomes of them, and over no frame that came before.
void LinkPipeline::take(Frame& frame, PacketBatch& out) {
  if (!frame.dropped) {
    channel(frame.vcid).push(frame, frame.master_counter ? master_.steps_to(*frame.master_counter) : 0, out);
    if (frame.dropped) return;
  } else if (frame.dropped != DropReason::idle) {
    return;
  }
  if (frame.master_counter) master_.take(*frame.master_counter);
}

ChannelChain& LinkPipeline::channel(std::uint8_t vcid) {
  std::unique_ptr<ChannelChain>& slot = channels_[vcid];
  if (!slot) slot = std::make_unique<ChannelChain>(profile_, vcid, idle_);
  return *slot;
}

bool LinkPipeline::locked() const {
  return (!soft_ || soft_->locked()) && sync_.locked();
}

LinkReport LinkPipeline::report() const {
  LinkReport report;
  report.form = profile_.form;
  if (soft_) {
    report.soft = soft_->losses();
    report.soft_counts = soft_->counts();
  }
  report.sync = sync_.losses();
  report.sync_counts = sync_.counts();
  report.coding = decoder_.losses();
  report.codewords = decoder_.codewords();
  report.headers = check_.losses();
  report.scids = check_.other_spacecraft();
  if (profile_.frame_kind == FrameKind::tm) report.master_channel = master_.counts();
  for (const auto& channel : channels_) {
    if (channel) report.virtual_channels.push_back(channel->report());
  }
  return report;
}

}  // namespace dl::link
