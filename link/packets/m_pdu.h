// The header of a multiplexing protocol data unit (CCSDS 732.0-B 4.1.4.2.2), as it is sent.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dl::link {

inline constexpr std::size_t kMPduHeaderBytes = 2;
inline constexpr std::uint16_t kMPduNoPacketStart = 0x7FF;  // no packet begins in this zone
inline constexpr std::uint16_t kMPduIdleDataOnly = 0x7FE;

}  // namespace dl::link
