// What leaves the link layer: packets (CCSDS 133.0-B, 133.1-B) with what is known of how they arrived.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/bytes.h"
#include "core/time.h"

namespace dl::link {

// What the station said of bytes that it handed over frame by frame (SLE deliveredFrameQuality).
enum class StationVerdict : std::uint8_t { none, good, erred };

// The worst that happened to the frames a packet came out of. Only frames that passed every check carry packets.
struct FrameQuality {
  std::uint8_t marker_bit_errors = 0;
  std::uint16_t symbols_corrected = 0;  // by Reed-Solomon, in the whole frame
  bool flywheel = false;                // the marker was not recognised, the position was kept
  StationVerdict station = StationVerdict::none;
};

enum class PacketKind : std::uint8_t {
  space,          // CCSDS 133.0-B
  encapsulation,  // CCSDS 133.1-B; apid is the protocol identifier
  frame_data,     // the data field of a frame of a channel that is passed through, or a minor frame; apid 0
  tip_frame,      // a TIP or AIP minor frame out of an HRPT minor frame (link/packets/tip_splitter.h); apid 1 or 3
};

inline constexpr std::size_t kPacketHeaderBytes = 6;

struct Packet {
  PacketKind kind = PacketKind::space;
  std::uint8_t vcid = 0;
  std::uint16_t apid = 0;
  std::uint8_t sequence_flags = 3;   // 1 first, 0 continuation, 2 last, 3 unsegmented
  std::uint16_t sequence_count = 0;  // 14 bits
  bool has_secondary_header = false;
  bool gap_before = false;  // frames or packets of this counter were lost just before
  FrameQuality quality;
  UtcTime received_at{};           // of the frame in which the packet began
  std::uint64_t input_offset = 0;  // in the recording, of the frame in which the packet began
  ByteView bytes;                  // primary header included; lives as PacketBatch says

  // Of a space packet: the packet data field.
  [[nodiscard]] ByteView data() const { return bytes.subspan(kPacketHeaderBytes); }
};

// Packets in the order in which they were completed. The bytes of a packet live until clear() or the end of the batch,
// and where a LinkPipeline filled the batch, no longer than to its next push(), flush() or skip(): a packet that lies
// whole in a frame is a view of the frame. Storage is kept over clear(): no allocation per packet.
class PacketBatch {
 public:
  PacketBatch() = default;
  PacketBatch(PacketBatch&&) = default;
  PacketBatch& operator=(PacketBatch&&) = default;
  PacketBatch(const PacketBatch&) = delete;
  PacketBatch& operator=(const PacketBatch&) = delete;

  // `packet.bytes` is copied into the batch and its view replaced.
  void add(Packet packet);
  // `packet.bytes` stays where it is, and must live as long as is said above.
  void add_view(const Packet& packet) { packets_.push_back(packet); }
  // Room of the batch's own, for the bytes of a packet that add_view() then takes. Never moves.
  std::span<Byte> allocate(std::size_t size_bytes);
  void clear();

  [[nodiscard]] const std::vector<Packet>& packets() const { return packets_; }
  [[nodiscard]] bool empty() const { return packets_.empty(); }

 private:
  std::vector<Packet> packets_;
  std::vector<Bytes> blocks_;
  std::size_t block_ = 0;  // the one being filled
  std::size_t used_ = 0;   // of it
};

}  // namespace dl::link
