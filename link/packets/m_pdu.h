// Multiplexing protocol data units (CCSDS 732.0-B 4.1.4.2.2): space packets back to back through the packet zones of a
// virtual channel's frames. The first header pointer (FHP) says where in the zone the first packet begins.
//
// Where the FHP and the length of the packet in progress disagree, the FHP is believed: the packet in progress is
// dropped as packet_header, and parsing begins anew at the FHP. Zero bytes from the end of a packet to the end of the
// zone are padding (GEO-KOMPSAT-2A sends it in place of idle packets) and booked as idle.
#pragma once

#include <cstdint>

#include "core/loss_ledger.h"
#include "link/frame.h"
#include "link/packet.h"
#include "link/packets/space_packet.h"
#include "link/profile.h"

namespace dl::link {

inline constexpr std::size_t kMPduHeaderBytes = 2;
inline constexpr std::uint16_t kMPduNoPacketStart = 0x7FF;  // no packet begins in this zone
inline constexpr std::uint16_t kMPduIdleDataOnly = 0x7FE;

// What becomes of idle packets (APID 2047): booked as idle in either case, and for a listing put out all the same.
enum class IdlePackets { swallowed, put_out };

class MPduReassembler {
 public:
  MPduReassembler(const Profile& profile, std::uint8_t vcid, IdlePackets idle = IdlePackets::swallowed);

  // `frame` is a transfer frame of this virtual channel, in the order of the counter. Holds at most one packet
  // (65542 bytes) in progress.
  void push(const Frame& frame, PacketBatch& out);

  // The pass has ended: the packet in progress is dropped as packet_cut_by_end.
  void flush();

  // Bytes in are whole transfer frames. Units are packets of which the beginning was seen.
  // Dropped: overhead (headers, insert zone, trailer), idle, no_packet_start, packet_cut_by_gap, packet_cut_by_end,
  // packet_header. Only counts without a unit for stretches in which no packet began.
  [[nodiscard]] const LossLedger& losses() const { return losses_; }
  [[nodiscard]] const SequenceTracker& sequences() const { return sequences_; }
  [[nodiscard]] std::uint64_t pointer_mismatches() const { return pointer_mismatches_; }

 private:
  void continue_through(ByteView zone, PacketBatch& out);
  void continue_to_pointer(ByteView leading, PacketBatch& out);
  void begin_packets(ByteView bytes, const Frame& frame, PacketBatch& out);

  void hold(ByteView bytes, const Frame& frame);
  void put_out(ByteView bytes, Packet packet, PacketBatch& out);
  void put_out_held(std::size_t size_bytes, PacketBatch& out);
  void drop_held(DropReason reason);
  void drop_mismatched();

  [[nodiscard]] bool in_packet() const { return !held_.empty(); }
  // Of the packet in progress; 0 while its header is incomplete.
  [[nodiscard]] std::size_t held_packet_size() const;
  [[nodiscard]] static Packet packet_of(const Frame& frame);

  std::size_t zone_start_;
  std::size_t trailer_bytes_;
  std::uint8_t vcid_;
  IdlePackets idle_;
  Bytes held_;          // the packet in progress, from its first byte
  Packet held_packet_;  // and what is known of it
  SequenceTracker sequences_;
  std::uint64_t pointer_mismatches_ = 0;
  LossLedger losses_;
};

}  // namespace dl::link
