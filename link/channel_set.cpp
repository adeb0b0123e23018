#include "link/channel_set.h"

namespace dl::link {

// A master channel's count goes on over idle frames, whatever becomes of them, and over no frame that came before.
void ChannelSet::take(Frame& frame, PacketBatch& out) {
  if (!frame.dropped) {
    channel(frame.vcid).push(frame, frame.master_counter ? master_.steps_to(*frame.master_counter) : 0, out);
    if (frame.dropped) return;
  } else if (frame.dropped != DropReason::idle) {
    return;
  }
  if (frame.master_counter) master_.take(*frame.master_counter);
}

void ChannelSet::flush() {
  for (const auto& channel : channels_) {
    if (channel) channel->flush();
  }
}

std::uint64_t ChannelSet::breaks() const {
  std::uint64_t sum = 0;
  for (const auto& channel : channels_) sum += channel ? channel->breaks() : 0;
  return sum;
}

void ChannelSet::report_to(LinkReport& report) const {
  if (profile_.frame_kind == FrameKind::tm) report.master_channel = master_.counts();
  for (const auto& channel : channels_) {
    if (channel) report.virtual_channels.push_back(channel->report());
  }
}

ChannelChain& ChannelSet::channel(std::uint8_t vcid) {
  std::unique_ptr<ChannelChain>& slot = channels_[vcid];
  if (!slot) slot = std::make_unique<ChannelChain>(profile_, vcid, idle_);
  return *slot;
}

}  // namespace dl::link
