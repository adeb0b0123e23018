// TAI - UTC, for clocks on board that run through leap seconds.
#pragma once

#include "core/time.h"

namespace dl::link {

// In whole seconds, at `utc` (IERS Bulletin C; the last one known began 2017-01-01). Before 1972, when UTC had no leap
// seconds but another rate, 0: that is right for the epoch 1958-01-01, and no spacecraft tells times between.
Seconds tai_minus_utc(UtcTime utc);

// The UTC that is `elapsed` after `epoch`, on a clock that counts every second. Within a leap second: the second after.
UtcTime after_epoch(UtcTime epoch, Microseconds elapsed);

}  // namespace dl::link
