// Raw bytes to packets: soft_decoder, frame_sync, channel_decoder, frame_check, and per virtual channel virtual_channel
// and packet_reassembler, in this order, each with its ledger (link/link_report.h). Where the station hands over
// something later in this row (link/profile.h InputForm), the stages before it do not run.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "link/channel_set.h"
#include "link/frame.h"
#include "link/frame_receiver.h"
#include "link/link_report.h"
#include "link/packet.h"
#include "link/packets/packet_reassembler.h"
#include "link/packets/packet_stream.h"
#include "link/profile.h"

namespace dl::link {

class LinkPipeline {
 public:
  // The profile is one that load_spacecraft_profile() accepts, as Profile::received_as() makes it for its form.
  explicit LinkPipeline(const Profile& profile, IdlePackets idle = IdlePackets::swallowed);

  // Takes the next bytes of the recording, all received at the same time and judged by the station alike, and adds to
  // `out` the packets that they complete. How the input is cut into pushes never changes the packets.
  void push(ByteView bytes, UtcTime received_at, PacketBatch& out, StationVerdict station = StationVerdict::none);

  // The pass has ended; the report is final.
  void flush(PacketBatch& out);

  // Steps over a stretch of the recording that is quarantined, or that a power cut took (torn_recording). What was in
  // progress before it is lost with it.
  void skip(std::uint64_t size_bytes, DropReason reason, PacketBatch& out);

  // Every frame that the last push, flush or skip cut out of the input, with what became of it. Valid until the next
  // one.
  [[nodiscard]] const std::vector<Frame>& frames() { return receiver_.frames(); }

  [[nodiscard]] bool locked() const;
  // ChannelSet::breaks(); none in form packets.
  [[nodiscard]] std::uint64_t breaks() const { return channels_.breaks(); }
  [[nodiscard]] LinkReport report() const;

 private:
  void take_frames(PacketBatch& out);

  std::optional<PacketStream> stream_;  // form packets, in place of all that follows
  FrameReceiver receiver_;
  ChannelSet channels_;
};

}  // namespace dl::link
