// Time codes of CCSDS 301.0-B without their P-field, which the link profile stands for: day segmented (CDS, section
// 3.3) and unsegmented (CUC, section 3.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/bytes.h"
#include "core/time.h"
#include "link/profile.h"

namespace dl::link {

struct CdsTime {
  std::uint32_t day = 0;  // since the epoch
  Microseconds of_day{};  // what is finer is cut off; up to a second more than a day has: a leap second
};

// Nothing where `bytes` are fewer than the code has, or say a time that no day has. day_bytes 2 or 3;
// submillisecond_bytes 0, 2 or 4.
std::optional<CdsTime> read_cds(ByteView bytes, unsigned day_bytes, unsigned submillisecond_bytes);

// Since the epoch; what is finer than microseconds is cut off. Nothing where `bytes` are fewer than the code has, or
// say more than 100000 years. coarse_bytes 1 to 7, fine_bytes 0 to 10.
std::optional<Microseconds> read_cuc(ByteView bytes, unsigned coarse_bytes, unsigned fine_bytes);

// Bytes of the code.
std::size_t time_code_size(const PacketTime& format);

// The time that the code at the start of `bytes` says. Where the day is not valid, it is the one that brings the time
// nearest to `reference`. Nothing where the code cannot be.
std::optional<UtcTime> read_time(ByteView bytes, const PacketTime& format, UtcTime reference);

}  // namespace dl::link
