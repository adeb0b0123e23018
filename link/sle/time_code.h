// Times in SLE PDUs: CCSDS day segmented (301.0-B-4 3.3), epoch 1958-01-01, without P-field. 16 bits of days, 32 bits
// of milliseconds of the day, then 16 bits of microseconds (8 bytes in all) or 32 bits of picoseconds (10 bytes) of the
// millisecond.
#pragma once

#include <array>

#include "core/bytes.h"
#include "core/error.h"
#include "core/time.h"

namespace dl::link::sle {

inline constexpr std::size_t kTimeBytes = 8;
inline constexpr std::size_t kPicosecondTimeBytes = 10;

// `time` is from 1958-01-01 to 2137-06-05, the range of the code.
std::array<Byte, kTimeBytes> encode_time(UtcTime time);

// Of 8 or 10 bytes; picoseconds are cut to microseconds, a leap second counts as the first second of the next day. Kind
// corrupt otherwise, or when a field is out of its range.
Result<UtcTime> decode_time(ByteView bytes);

}  // namespace dl::link::sle
