// What the science packets of Metop's instruments have in common (MetOp Space to Ground Interface Specification
// MO-IF-MMT-SY0001 07C; instruments.md sections 3 and 4): primary header (6 bytes), CDS time since 2000 (8), satellite
// binary time (6), the instrument's data, and a parity word.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <tl/expected.hpp>

#include "core/bytes.h"
#include "core/loss_ledger.h"
#include "core/time.h"

namespace dl::decoders {

inline constexpr UtcTime kMetopEpoch = std::chrono::sys_days(std::chrono::year(2000) / 1 / 1);
inline constexpr std::size_t kMetopTimeOffset = 6;
inline constexpr std::size_t kMetopDataOffset = 20;
inline constexpr std::size_t kMetopParityBytes = 2;

// Fails with packet_checksum when the 16-bit words of the packet do not cancel out by exclusive or, with packet_time
// when the time code cannot be or is not there.
tl::expected<UtcTime, DropReason> read_metop_time(ByteView packet);

// What stands between the headers and the parity; `packet` has both.
ByteView metop_data(ByteView packet);

// A whole packet, unsegmented, with a right parity. `time` is not before the epoch; the satellite binary time counts
// from the epoch too, which no decoder reads. `data` is of an even number of bytes.
Bytes make_metop_packet(std::uint16_t apid, std::uint16_t sequence_count, UtcTime time, ByteView data);

}  // namespace dl::decoders
