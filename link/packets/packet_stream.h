// Packets back to back without frames, as stations and archives hand them over (InputForm::packets).
//
// Nothing marks where a packet begins but the end of the one before. A packet is believed when another one follows it:
// one of a known APID, or headers that lead to such a one or five of any. Where none
// does, the next place is searched where a packet of a known APID stands from which two more can be reached, or eight
// of any. A packet that reaches beyond this place had a wrong length or was cut, and is dropped as packet_header; what
// else is passed over is booked as no_packet_start. Known are the APIDs of the profile's routes and of packets that
// were believed.
#pragma once

#include <bitset>
#include <cstdint>
#include <deque>

#include "core/loss_ledger.h"
#include "core/time.h"
#include "link/packet.h"
#include "link/packets/packet_checksum.h"
#include "link/packets/packet_extent.h"
#include "link/packets/packet_reassembler.h"
#include "link/packets/sequence_tracker.h"
#include "link/packets/space_packet.h"
#include "link/profile.h"

namespace dl::link {

class PacketStream {
 public:
  explicit PacketStream(const Profile& profile, IdlePackets idle = IdlePackets::swallowed);

  // The next bytes, all received at the same time. How the input is cut into pushes never changes the packets. These
  // are views of what the stream holds, until the next push, flush or skip. Holds what is undecided: at most nine
  // packets of the greatest length.
  void push(ByteView bytes, UtcTime received_at, PacketBatch& out);

  // The input has ended; the report is final.
  void flush(PacketBatch& out);

  // Steps over a stretch that is not to be looked at, or is not there.
  void skip(std::uint64_t size_bytes, DropReason reason, PacketBatch& out);

  // Units are packets of which the beginning was seen. Dropped: idle, no_packet_start, packet_header, packet_checksum,
  // packet_cut_by_gap, packet_cut_by_end, and skip()'s reasons.
  [[nodiscard]] const LossLedger& losses() const { return losses_; }
  [[nodiscard]] const SequenceTracker& sequences() const { return sequences_; }
  // Packets follow one another as they should.
  [[nodiscard]] bool locked() const { return !searching_ && losses_.units_out > 0; }

 private:
  enum class Answer { no, yes, more_needed };
  struct Place {
    Answer answer = Answer::no;
    std::size_t at = 0;  // where, or where more is needed to say
  };
  struct Arrival {
    std::uint64_t offset = 0;
    UtcTime received_at{};
  };

  void begin();
  void take_in(PacketBatch& out);
  bool take_one(PacketBatch& out);
  bool search();
  bool doubt(const PacketExtent& extent, PacketBatch& out);
  void put_out(const PacketExtent& extent, PacketBatch& out);
  void drop(DropReason reason, std::uint64_t units, std::size_t end);

  [[nodiscard]] ByteView from(std::size_t at) const { return ByteView(held_).subspan(at); }
  [[nodiscard]] Answer follows(std::size_t at) const;
  [[nodiscard]] Answer chain(std::size_t at, unsigned known_wanted, unsigned any_wanted) const;
  [[nodiscard]] Place next_chain(std::size_t from_place) const;
  [[nodiscard]] bool is_known(ByteView header, PacketKind kind) const;
  [[nodiscard]] Packet arrival_at(std::uint64_t offset);

  bool encapsulation_;
  IdlePackets idle_;
  PacketChecksums checksums_;
  SequenceTracker sequences_;
  std::bitset<kIdleApid + 1> known_;
  bool searching_ = false;
  bool ended_ = false;             // nothing follows what is held
  Bytes held_;                     // packets of the present batch are views of it
  std::size_t done_ = 0;           // of it
  std::uint64_t held_offset_ = 0;  // in the input, of its first byte
  std::deque<Arrival> arrivals_;   // of what is held
  DropReason cut_ = DropReason::packet_cut_by_end;
  LossLedger losses_;
};

}  // namespace dl::link
