// Live mode: the child of downlinkd that tails the recording of one pass.
#pragma once

#include "process/settings.h"

namespace dl::process {

// Gives the exit code. Returns when the pass has ended and everything is written, when downlinkd closes the control
// channel (then at once: the recording is there for the next start), or on failure.
int run_live(const LiveSettings& settings);

}  // namespace dl::process
