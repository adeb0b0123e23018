// The minor frames of TIP and AIP that NOAA HRPT carries inside its own, five in each: one packet for each.
//
// PacketKind::tip_frame, virtual channel 0, APID kTipApid or kAipApid. sequence_count is the place in the HRPT minor
// frame, 0 to 4. The bytes, so that each packet stands for itself in an archive:
//   0    1    spacecraft address of the HRPT minor frame
//   1    1    the place
//   2    2    day of the year (1 to 366) and
//   4    4    millisecond of the day: the time code of the HRPT minor frame, as sent
//   8  104    the TIP or AIP minor frame
// A frame with a word whose parity is wrong is dropped: nothing says which of its bits is.
#pragma once

#include <cstddef>
#include <vector>

#include "core/loss_ledger.h"
#include "link/frame.h"
#include "link/frames/hrpt_frame.h"
#include "link/packet.h"
#include "link/packets/sequence_tracker.h"

namespace dl::link {

inline constexpr std::uint16_t kTipApid = 1;
inline constexpr std::uint16_t kAipApid = 3;
inline constexpr std::size_t kTipPacketHeaderBytes = 8;
inline constexpr std::size_t kTipPacketBytes = kTipPacketHeaderBytes + kTipFrameBytes;

// Of a packet of this kind.
struct TipPacket {
  std::uint8_t spacecraft_address = 0;
  std::uint8_t place = 0;
  std::uint16_t day_of_year = 0;
  std::uint32_t millisecond_of_day = 0;
  ByteView frame;  // kTipFrameBytes, of the packet's bytes
};
// `packet` is of kind tip_frame.
TipPacket read_tip_packet(ByteView packet);

class TipSplitter {
 public:
  // `frame` passed its check and is of FrameKind::hrpt. A packet after a gap, or after frames that were dropped here,
  // has gap_before; TIP and AIP each for itself.
  void push(const Frame& frame, PacketBatch& out);

  // Units are TIP and AIP minor frames, bytes those of their packets. Dropped: packet_checksum (parity).
  [[nodiscard]] const LossLedger& losses() const { return losses_; }
  [[nodiscard]] const SequenceTracker& sequences() const { return sequences_; }

 private:
  bool take(const Frame& frame, const HrptHeader& header, std::size_t place, bool gap_before, PacketBatch& out);

  bool tip_gap_pending_ = false;
  bool aip_gap_pending_ = false;
  SequenceTracker sequences_{SequenceCount::per_apid};
  LossLedger losses_;
};

}  // namespace dl::link
