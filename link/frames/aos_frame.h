// AOS transfer frames (CCSDS 732.0-B section 4.1): the primary header, and the headers of the zones in the data field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/bytes.h"

namespace dl::link {

inline constexpr std::uint8_t kAosVersion = 1;
inline constexpr std::size_t kAosHeaderBytes = 6;
inline constexpr std::size_t kAosHeaderErrorControlBytes = 2;
inline constexpr std::uint32_t kAosCounterMask = 0xFFFFFF;
inline constexpr std::uint8_t kAosCounterBits = 24;
inline constexpr std::uint8_t kAosLongCounterBits = 28;
inline constexpr std::size_t kMPduHeaderBytes = 2;
inline constexpr std::uint16_t kMPduNoPacketStart = 0x7FF;  // no packet begins in this zone
inline constexpr std::uint16_t kMPduIdleDataOnly = 0x7FE;
inline constexpr std::size_t kBPduHeaderBytes = 2;
inline constexpr std::uint16_t kBPduAllValid = 0x3FFF;
inline constexpr std::uint16_t kBPduIdleDataOnly = 0x3FFE;

struct AosHeader {
  std::uint8_t version = kAosVersion;  // 2 bits
  // 8 bits; 10 where issue 4 or later is followed, whose two upper ones are in the signaling field (732.0-B-5
  // 4.1.2.5.4). Before, those were spare, and what old spacecraft send in them is no part of the identifier.
  std::uint16_t scid = 0;
  std::uint8_t vcid = 0;      // 6 bits
  std::uint32_t counter = 0;  // 24 bits, or 28 with the cycle
  bool replay = false;        // signaling field: sent again from store
  bool cycle_in_use = false;  // signaling field: `counter` has four more bits, the count's cycle (4.1.2.5.5)

  [[nodiscard]] std::uint8_t counter_bits() const { return cycle_in_use ? kAosLongCounterBits : kAosCounterBits; }
};

// `frame` has at least kAosHeaderBytes. The scid has 10 bits if `extended_scid`.
AosHeader parse_aos_header(ByteView frame, bool extended_scid = false);
// A scid of 10 bits is written whole, whatever the receiver makes of it.
void write_aos_header(const AosHeader& header, std::span<Byte> frame);

}  // namespace dl::link
