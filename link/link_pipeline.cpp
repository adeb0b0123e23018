#include "link/link_pipeline.h"

#include <cassert>

namespace dl::link {

LinkPipeline::LinkPipeline(const Profile& profile, IdlePackets idle) : receiver_(profile), channels_(profile, idle) {
  if (profile.form == InputForm::packets) stream_.emplace(profile, idle);
}

void LinkPipeline::push(ByteView bytes, UtcTime received_at, PacketBatch& out, StationVerdict station) {
  if (stream_) {
    stream_->push(bytes, received_at, out);
    return;
  }
  receiver_.push(bytes, received_at, station);
  take_frames(out);
}

void LinkPipeline::flush(PacketBatch& out) {
  if (stream_) {
    stream_->flush(out);
  } else {
    receiver_.flush();
    take_frames(out);
    channels_.flush();
  }
  assert(report().balanced());
}

void LinkPipeline::skip(std::uint64_t size_bytes, DropReason reason, PacketBatch& out) {
  if (stream_) {
    stream_->skip(size_bytes, reason, out);
    return;
  }
  receiver_.skip(size_bytes, reason);
  take_frames(out);
}

void LinkPipeline::take_frames(PacketBatch& out) {
  for (Frame& frame : receiver_.frames()) channels_.take(frame, out);
}

bool LinkPipeline::locked() const {
  return stream_ ? stream_->locked() : receiver_.locked();
}

LinkReport LinkPipeline::report() const {
  LinkReport report;
  if (stream_) {
    report.form = InputForm::packets;
    VirtualChannelReport& row = report.virtual_channels.emplace_back();
    row.packets = stream_->losses();
    row.apids = stream_->sequences().rows();
    return report;
  }
  receiver_.report_to(report);
  channels_.report_to(report);
  return report;
}

}  // namespace dl::link
