// Raw bytes to packets: frame_sync, channel_decoder, aos_frame, and per virtual channel virtual_channel and packet_reassembler, in
// this order, each with its ledger.
//
// The identities that LinkReport::imbalances() checks, after flush():
//   each stage     bytes_in = bytes_out + dropped bytes, units_in = units_out + dropped units
//   between them   sync.out = coding.in, coding.out = aos.in, aos.out = sum of virtual channels' frames.in,
//                  frames.out = packets.in (bytes), in bytes and in frames
//   packets        packets.out = sum over the APIDs, in bytes and in packets
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/loss_ledger.h"
#include "link/frames/aos_frame.h"
#include "link/coding/channel_decoder.h"
#include "link/frame.h"
#include "link/sync/frame_sync.h"
#include "link/packets/packet_reassembler.h"
#include "link/packet.h"
#include "link/profile.h"
#include "link/frames/virtual_channel.h"

namespace dl::link {

using ApidReport = SequenceTracker::Row;

struct VirtualChannelReport {
  std::uint8_t vcid = 0;
  VirtualChannel::Counts counts;
  std::uint64_t pointer_mismatches = 0;
  LossLedger frames;              // in: frames of this channel; out: those in new and right order
  LossLedger packets;             // in: these frames' bytes; out: packets
  std::vector<ApidReport> apids;  // by kind, then APID; idle packets are in `packets` only
};

struct LinkReport {
  LossLedger sync;
  LossLedger coding;
  LossLedger aos;
  CodewordCounts codewords;
  std::vector<VirtualChannelReport> virtual_channels;  // by VCID; those with a frame

  // Over all virtual channels.
  [[nodiscard]] LossLedger frames() const;
  [[nodiscard]] LossLedger packets() const;

  // The identities above that do not hold, in words; empty unless a stage has a bug or flush() has not been called.
  [[nodiscard]] std::vector<std::string> imbalances() const;
  [[nodiscard]] bool balanced() const { return imbalances().empty(); }
};

class LinkPipeline {
 public:
  // The profile is one that load_spacecraft_profile() accepts.
  explicit LinkPipeline(const Profile& profile, IdlePackets idle = IdlePackets::swallowed);

  // Takes the next bytes of the recording, all received at the same time, and adds to `out` the packets that they
  // complete. How the input is cut into pushes never changes the packets.
  void push(ByteView bytes, UtcTime received_at, PacketBatch& out);

  // The pass has ended; the report is final.
  void flush(PacketBatch& out);

  // Steps over a stretch of the recording that is quarantined, or that a power cut took (torn_recording). What was in
  // progress before it is lost with it.
  void skip(std::uint64_t size_bytes, DropReason reason, PacketBatch& out);

  // Every frame that the last push, flush or skip cut out of the input, with what became of it. Valid until the next
  // one.
  [[nodiscard]] const std::vector<Frame>& frames() { return batch_.frames(); }

  [[nodiscard]] bool locked() const { return sync_.locked(); }
  [[nodiscard]] LinkReport report() const;

 private:
  struct Channel {
    VirtualChannel frames;
    PacketReassembler packets;
  };

  void take_batch(PacketBatch& out);
  Channel& channel(std::uint8_t vcid);

  Profile profile_;
  IdlePackets idle_;
  FrameSync sync_;
  ChannelDecoder decoder_;
  AosFrameCheck check_;
  std::array<std::unique_ptr<Channel>, 64> channels_;
  FrameBatch batch_;
};

}  // namespace dl::link
