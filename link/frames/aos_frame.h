// AOS transfer frames (CCSDS 732.0-B section 4.1): the primary header, and the check that a frame is the profile's.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/bytes.h"
#include "core/loss_ledger.h"
#include "link/frame.h"
#include "link/profile.h"

namespace dl::link {

inline constexpr std::size_t kAosHeaderBytes = 6;
inline constexpr std::uint32_t kAosCounterMask = 0xFFFFFF;

struct AosHeader {
  std::uint8_t version = 1;  // 2 bits, 1 for AOS
  std::uint8_t scid = 0;
  std::uint8_t vcid = 0;       // 6 bits
  std::uint32_t counter = 0;   // 24 bits
  std::uint8_t signaling = 0;  // replay flag in the highest bit; the rest is not used by the spacecraft that we know
};

// `frame` has at least kAosHeaderBytes.
AosHeader parse_aos_header(ByteView frame);
void write_aos_header(const AosHeader& header, std::span<Byte> frame);

// Reads the headers and drops what the profile does not expect: frame_version, frame_scid, and idle for idle frames.
class AosFrameCheck {
 public:
  explicit AosFrameCheck(const Profile& profile) : profile_(profile) {}

  // Sets scid, vcid and counter of every frame that is not dropped before.
  void check(FrameBatch& batch);

  // Units are frames.
  [[nodiscard]] const LossLedger& losses() const { return losses_; }

 private:
  [[nodiscard]] std::optional<DropReason> verdict(const AosHeader& header) const;

  Profile profile_;
  LossLedger losses_;
};

}  // namespace dl::link
