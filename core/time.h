// Points in time as types. UTC without leap seconds, as the CDS time codes of the spacecraft count it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/error.h"

namespace dl {

using Microseconds = std::chrono::microseconds;
using Milliseconds = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;
using UtcTime = std::chrono::sys_time<Microseconds>;

// "2026-05-12T12:00:00Z"; the fraction appears only where there is one, with 3 or 6 digits.
std::string format_utc(UtcTime time);

// "20260512T120000Z", to whole seconds (floor): for names of files, objects and passes.
std::string format_utc_compact(UtcTime time);

// Accepts "2026-05-12T12:00:00Z", with up to 6 fraction digits, "+00:00" for Z, a blank for T, or a bare date.
// Kind config on anything else.
Result<UtcTime> parse_utc(std::string_view text);

// The start of the slot of `length` (counted from 1970-01-01T00:00:00Z) that holds `time`.
UtcTime floor_to(UtcTime time, Seconds length);

}  // namespace dl
