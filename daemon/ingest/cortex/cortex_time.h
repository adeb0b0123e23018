// Time tags of a Cortex demodulator: they count from 1 January of a year that they do not say
// ("ground-interfaces", 5.1).
#pragma once

#include <cstdint>
#include <optional>

#include "core/time.h"

namespace dl::daemon {

struct CortexTimeTag {
  std::uint32_t seconds = 0;  // since 1 January, 00:00 UTC, of "the current year"
  std::uint32_t microseconds = 0;
};

// A tag that is farther than this from our clock in every year says nothing: the demodulator's clock was never set.
inline constexpr Seconds kCortexFarthest = std::chrono::days(31);

// The tag in the year that puts it nearest to `now`, so neither a clock of ours that is hours wrong nor a demodulator
// that begins its new year late moves it by a year. nullopt where it cannot be a time, or is beyond kCortexFarthest.
std::optional<UtcTime> utc_of(const CortexTimeTag& tag, UtcTime now);

}  // namespace dl::daemon
