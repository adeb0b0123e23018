// The transmit direction: packets to channel access data units. For the simulator and for round-trip tests.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/bytes.h"
#include "link/profile.h"
#include "link/coding/reed_solomon.h"

namespace dl::link {

// One transfer frame to one CADU: Reed-Solomon parity, randomizer, marker.
class CaduEncoder {
 public:
  explicit CaduEncoder(const Profile& profile);

  // `frame` has the profile's frame_size_bytes(). Appends cadu_size_bytes.
  void encode(ByteView frame, Bytes& out) const;

 private:
  Profile profile_;
  std::optional<ReedSolomon> reed_solomon_;
};

// Packets of any virtual channels to CADUs. Every call appends to `out` the CADUs that it completes.
class FrameEncoder {
 public:
  explicit FrameEncoder(const Profile& profile);

  // `packet` is a whole space packet. Its bytes wait for the frame to be full.
  void add_packet(std::uint8_t vcid, ByteView packet, Bytes& out);

  // Fills the channel's started frame with idle packets, so that it comes out; nothing when none is started. An idle
  // packet is 7 bytes at least, so that this can take one more frame.
  void complete_frame(std::uint8_t vcid, Bytes& out);

  // An idle frame on the profile's first idle virtual channel.
  void add_idle_frame(Bytes& out);

  // The counter (24 bits) of the channel's next frame. Counters start at 0.
  void set_counter(std::uint8_t vcid, std::uint32_t counter);

  [[nodiscard]] std::size_t zone_size_bytes() const { return zone_size_; }

 private:
  struct Channel {
    Bytes zone;  // of the frame being filled
    std::optional<std::size_t> first_header;
    std::uint32_t counter = 0;
    std::uint16_t idle_sequence_count = 0;
  };

  Channel& channel(std::uint8_t vcid);
  void put_out(std::uint8_t vcid, std::uint16_t first_header_pointer, ByteView zone, Bytes& out);

  Profile profile_;
  CaduEncoder cadu_encoder_;
  std::size_t zone_start_;
  std::size_t zone_size_;
  std::array<std::unique_ptr<Channel>, 64> channels_;
};

}  // namespace dl::link
