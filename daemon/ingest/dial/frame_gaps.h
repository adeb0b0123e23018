// Frames that are missing from a stream of frames that were all good when they were sent to us.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/bytes.h"
#include "link/profile.h"

namespace dl::daemon {

// A publisher that drops messages for a slow subscriber says nothing of it, but the counters of the virtual channels
// do: a gap here is, as a rule, of our network and not of the link. Only for AOS frames that came decoded; the primary
// header is that of CCSDS 732.0-B 4.1.2.
class FrameGaps {
 public:
  explicit FrameGaps(std::uint16_t scid) : scid_(scid) {}

  // Frames that the counter of its virtual channel steps over; 0 for the first of a channel, for idle frames, and for
  // what is no frame of the spacecraft.
  std::uint64_t frames_missing_before(ByteView frame) {
    constexpr std::size_t kHeaderBytes = 6;
    if (frame.size() < kHeaderBytes) return 0;
    const unsigned version = frame[0] >> 6;
    const unsigned scid = (frame[0] & 0x3FU) << 2 | frame[1] >> 6;
    const unsigned vcid = frame[1] & 0x3FU;
    if (version != 1 || scid != (scid_ & 0xFFU) || vcid == kIdleChannel) return 0;
    const std::uint32_t count = std::uint32_t{frame[2]} << 16 | std::uint32_t{frame[3]} << 8 | frame[4];
    auto& expected = expected_[vcid];
    const std::uint32_t missing = expected ? (count - *expected) & kCountMask : 0;
    expected = (count + 1) & kCountMask;
    // Backwards: a repeat, or a counter that began anew.
    return missing <= kCountMask / 2 ? missing : 0;
  }
  // The next pass.
  void forget() { expected_ = {}; }

 private:
  static constexpr std::uint32_t kCountMask = 0xFF'FFFF;
  static constexpr unsigned kIdleChannel = 63;  // CCSDS 732.0-B 4.1.2.3

  std::uint16_t scid_;
  std::array<std::optional<std::uint32_t>, 64> expected_{};
};

}  // namespace dl::daemon
