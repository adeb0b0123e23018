// Numbers as people read them, for tables. JSON keeps the raw ones.
#pragma once

#include <cstdint>
#include <string>

#include "core/time.h"

namespace dl::control {

// "512 B", "1.5 KiB", "120 GiB": three digits or so.
std::string human_size(std::uint64_t size_bytes);

// Decimal, as receivers state data rates: "0 B/s", "437 kB/s", "2.34 MB/s".
std::string human_rate(double bytes_per_s);

// The two largest units: "350 ms", "12 s", "3 min 20 s", "2 h 3 min", "4 d 2 h". Negative ones count as 0.
std::string human_duration(Microseconds duration);

// "12 s ago", "in 3 min 20 s"; "now" within half a second.
std::string human_age(UtcTime now, UtcTime time);

}  // namespace dl::control
