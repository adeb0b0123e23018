// Checked frames to packets: the chains of all virtual channels, and the master channel's count.
#pragma once

#include <array>
#include <memory>

#include "link/channel_chain.h"
#include "link/frame.h"
#include "link/frames/frame_check.h"
#include "link/frames/master_channel.h"
#include "link/link_report.h"
#include "link/packet.h"
#include "link/profile.h"

namespace dl::link {

class ChannelSet {
 public:
  ChannelSet(const Profile& profile, IdlePackets idle) : profile_(profile), idle_(idle) {}
  ChannelSet(const ChannelSet&) = delete;
  ChannelSet& operator=(const ChannelSet&) = delete;

  // A frame with what FrameReceiver made of it; drops it, or adds the packets that it completes. Frames that were
  // dropped before are shown to it too: idle ones are part of the master channel's count.
  void take(Frame& frame, PacketBatch& out);
  // The pass has ended.
  void flush();

  // How often frames were missing so far: gaps, and resets of counters, of all virtual channels.
  [[nodiscard]] std::uint64_t breaks() const;
  // Fills in the virtual channels and the master channel.
  void report_to(LinkReport& report) const;

 private:
  ChannelChain& channel(std::uint8_t vcid);

  Profile profile_;
  IdlePackets idle_;
  MasterChannel master_;
  std::array<std::unique_ptr<ChannelChain>, kVirtualChannels> channels_;
};

}  // namespace dl::link
