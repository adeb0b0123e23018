// What opens the flow of a Cortex telemetry port ("ground-interfaces", 5.1).
#pragma once

#include <cstdint>

#include "config/config.h"
#include "core/bytes.h"

namespace dl::daemon {

// The first and the last word of every message, in either direction.
inline constexpr std::uint32_t kCortexHead = 1234567890;
inline constexpr std::uint32_t kCortexTail = ~kCortexHead + 1;  // -1234567890

// HDR: 128 bytes; CRT: 64 bytes.
Bytes cortex_request(const config::Cortex& cortex);

}  // namespace dl::daemon
