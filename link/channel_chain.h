// One virtual channel from its checked frames to its packets: virtual_channel, then packet_reassembler. USLP has up to
// two counters in a channel (sequence-controlled and expedited frames, CCSDS 732.1-B 4.1.2.11) and up to 16 streams of
// packets (by multiplexer access point, MAP); all other frames one of each.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/loss_ledger.h"
#include "link/frame.h"
#include "link/frames/virtual_channel.h"
#include "link/packet.h"
#include "link/packets/packet_reassembler.h"
#include "link/packets/tip_splitter.h"
#include "link/profile.h"

namespace dl::link {

using ApidReport = SequenceTracker::Row;

struct VirtualChannelReport {
  std::uint8_t vcid = 0;
  VirtualChannel::Counts counts;
  std::uint64_t pointer_mismatches = 0;
  LossLedger frames;              // in: frames of this channel; out: those in new and right order
  LossLedger packets;             // in: these frames' bytes; out: packets
  LossLedger tip_frames;          // of HRPT, beside the packets: TIP and AIP minor frames in them
  std::vector<ApidReport> apids;  // by kind, then APID; idle packets are in `packets` only

  // Packets of which a part came and was of no use, and stretches of which no packet's beginning came.
  [[nodiscard]] std::uint64_t discarded_fragments() const;
};

class ChannelChain {
 public:
  // `profile` outlives the chain.
  ChannelChain(const Profile& profile, std::uint8_t vcid, IdlePackets idle);

  // A frame of this channel that passed its check; drops it, or adds the packets that it completes. `master_steps` as
  // VirtualChannel::take() has it.
  void push(Frame& frame, std::uint8_t master_steps, PacketBatch& out);
  void flush();

  // Gaps and resets of the counters.
  [[nodiscard]] std::uint64_t breaks() const;
  [[nodiscard]] VirtualChannelReport report() const;

 private:
  struct MapStream {
    std::uint8_t map_id = 0;
    bool gap_pending = false;  // frames of the channel are missing, and none of this MAP has come since
    PacketReassembler packets;
  };

  [[nodiscard]] MapStream& stream(std::uint8_t map_id);

  const Profile& profile_;
  std::uint8_t vcid_;
  IdlePackets idle_;
  // Expedited, or of frames without that distinction; sequence-controlled.
  std::array<VirtualChannel, 2> counters_;
  std::vector<std::unique_ptr<MapStream>> streams_;
  std::optional<TipSplitter> tip_;  // HRPT
};

}  // namespace dl::link
