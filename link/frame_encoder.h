// The transmit direction: packets to channel access data units. For the simulator and for round-trip tests.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/bytes.h"
#include "link/coding/reed_solomon.h"
#include "link/profile.h"

namespace dl::link {

// One transfer frame to one CADU: Reed-Solomon parity, randomizer, marker; what the profile's form leaves out is left
// out here. Marker and CADU are whole bytes.
class CaduEncoder {
 public:
  explicit CaduEncoder(const Profile& profile);

  // `frame` has the profile's frame_size_bytes(). Appends cadu_size_bytes.
  void encode(ByteView frame, Bytes& out) const;

 private:
  Profile profile_;
  std::optional<ReedSolomon> reed_solomon_;
  Bytes mask_;
};

// Packets of any virtual channels to CADUs: AOS, TM and USLP frames with every field that the profile says they have.
// USLP frames are expedited, on MAP 0, with packets spanning frames. Every call appends to `out` the CADUs that it
// completes.
class FrameEncoder {
 public:
  static constexpr unsigned kUslpCounterBytes = 3;

  // The kind of frame is not minor_frame.
  explicit FrameEncoder(const Profile& profile);

  // `packet` is a whole packet of at least one byte. Its bytes wait for the frame to be full.
  void add_packet(std::uint8_t vcid, ByteView packet, Bytes& out);

  // Fills the channel's started frame with idle packets, so that it comes out; nothing when none is started. An idle
  // packet is 7 bytes at least, so that this can take one more frame.
  void complete_frame(std::uint8_t vcid, Bytes& out);

  // An idle frame on the profile's first idle virtual channel; TM without one: on the last there is.
  void add_idle_frame(Bytes& out);

  // The counter of the channel's next frame, cut to its bits. Counters start at 0.
  void set_counter(std::uint8_t vcid, std::uint32_t counter);
  // What the operational control field of every frame carries, where frames have one. 0 before.
  void set_operational_control(std::uint32_t word) { operational_control_ = word; }

  [[nodiscard]] std::size_t zone_size_bytes() const { return zone_size_; }

 private:
  struct Channel {
    Bytes zone;  // of the frame being filled
    std::optional<std::size_t> first_header;
    std::uint32_t counter = 0;
    std::uint16_t idle_sequence_count = 0;
  };

  Channel& channel(std::uint8_t vcid);
  // `first_header`: where in the zone the first packet begins; kNoPacketStart and kIdleDataOnly as in link/frame.h.
  void put_out(std::uint8_t vcid, std::uint16_t first_header, ByteView zone, Bytes& out);
  void write_headers(std::uint8_t vcid, std::uint32_t counter, std::uint16_t first_header, std::span<Byte> frame);
  void write_trailers(std::span<Byte> frame) const;
  [[nodiscard]] std::uint32_t counter_mask() const;

  Profile profile_;
  CaduEncoder cadu_encoder_;
  std::size_t zone_start_;
  std::size_t zone_size_;
  std::uint8_t master_counter_ = 0;
  std::uint32_t operational_control_ = 0;
  std::array<std::unique_ptr<Channel>, 64> channels_;
};

}  // namespace dl::link
