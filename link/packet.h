// What leaves the link layer: space packets (CCSDS 133.0-B) with what is known of how they arrived.
#pragma once

#include <cstddef>
#include <cstdint>
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
  ByteView bytes;                  // primary header included; a view into the batch's arena

  // Of a space packet: the packet data field.
  [[nodiscard]] ByteView data() const { return bytes.subspan(kPacketHeaderBytes); }
};

// Packets in the order in which they were completed. The views live until clear() or the end of the batch.
class PacketBatch {
 public:
  PacketBatch() = default;
  PacketBatch(PacketBatch&&) = default;
  PacketBatch& operator=(PacketBatch&&) = default;
  PacketBatch(const PacketBatch&) = delete;
  PacketBatch& operator=(const PacketBatch&) = delete;

  // `packet.bytes` is copied into the arena and its view replaced.
  void add(Packet packet);
  void clear();

  // Views are made at the call; adding invalidates what was returned before.
  [[nodiscard]] const std::vector<Packet>& packets();
  [[nodiscard]] bool empty() const { return packets_.empty(); }

 private:
  std::vector<Packet> packets_;
  std::vector<std::size_t> offsets_;
  Bytes arena_;
};

}  // namespace dl::link
