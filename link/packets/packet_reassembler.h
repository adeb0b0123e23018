// Packets out of the frames of one virtual channel, whatever the kind of frame. Packets stand back to back through the
// data fields of its frames; the first header pointer (FHP) says where in a data field the first one begins
// (CCSDS 732.0-B 4.1.4.2.2, 132.0-B 4.1.2.7.3).
//
// Where the FHP and the length of the packet in progress disagree, the FHP is believed: the packet in progress is
// dropped as packet_header, and parsing begins anew at the FHP. Zero bytes from the end of a packet to the end of the
// data field are padding (GEO-KOMPSAT-2A sends it in place of idle packets) and booked as idle. A frame of idle data
// only leaves the packet in progress alone: TM sends such frames when nothing is ready.
//
// A frame that carries something else is passed through as one packet (PacketKind::frame_data).
#pragma once

#include <cstdint>

#include "core/loss_ledger.h"
#include "link/frame.h"
#include "link/packet.h"
#include "link/packets/packet_checksum.h"
#include "link/packets/packet_extent.h"
#include "link/packets/sequence_tracker.h"
#include "link/profile.h"

namespace dl::link {

// What becomes of idle packets (APID 2047, or encapsulation protocol 0): booked as idle in either case, and for a
// listing put out all the same.
enum class IdlePackets { swallowed, put_out };

class PacketReassembler {
 public:
  PacketReassembler(const Profile& profile, std::uint8_t vcid, IdlePackets idle = IdlePackets::swallowed);

  // `frame` is a transfer frame of this virtual channel, in the order of the counter, with its data_field. Packets that
  // lie whole in it are views of it, others lie in `out`. Holds at most one packet in progress (65542 bytes, or
  // kMaxEncapsulationPacketBytes where the profile has such packets).
  void push(const Frame& frame, PacketBatch& out);

  // The pass has ended: the packet in progress is dropped as packet_cut_by_end.
  void flush();

  // Bytes in are whole transfer frames. Units are packets of which the beginning was seen.
  // Dropped: overhead (all of a frame but its data field), idle, no_packet_start, packet_cut_by_gap, packet_cut_by_end,
  // packet_header, packet_checksum. Only counts without a unit for stretches in which no packet began.
  [[nodiscard]] const LossLedger& losses() const { return losses_; }
  [[nodiscard]] const SequenceTracker& sequences() const { return sequences_; }
  // First header pointers that contradicted the packet in progress, or pointed behind the data field.
  [[nodiscard]] std::uint64_t pointer_mismatches() const { return pointer_mismatches_; }

 private:
  void pass_through(const Frame& frame, PacketBatch& out);
  void continue_through(ByteView field, PacketBatch& out);
  void continue_to_pointer(ByteView leading, PacketBatch& out);
  void begin_packets(ByteView bytes, const Frame& frame, PacketBatch& out);

  void hold(ByteView bytes, const Frame& frame);
  ByteView complete_header(ByteView more);
  void complete_held(ByteView more, PacketBatch& out);
  void put_out(Packet packet, PacketBatch& out);
  void drop_held(DropReason reason);

  [[nodiscard]] bool in_packet() const { return !held_.empty(); }
  [[nodiscard]] Packet packet_of(const Frame& frame) const;

  std::uint8_t vcid_;
  bool encapsulation_;
  IdlePackets idle_;
  PacketChecksums checksums_;
  SequenceTracker sequences_;
  Bytes held_;                // the packet in progress, from its first byte
  Packet held_packet_;        // and what is known of it
  PacketExtent held_extent_;  // once its header is there
  std::uint64_t pointer_mismatches_ = 0;
  LossLedger losses_;
};

}  // namespace dl::link
