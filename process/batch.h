// Batch mode: a recording in, the same scenes out as live, laid out like the bucket.
#pragma once

#include "process/settings.h"

namespace dl::process {

// Gives the exit code: done only when the input was read whole, every ledger of the report balances, and no other scene
// was in the way. Errors go to
// standard error in one line, the table of scenes to standard output.
int run_batch(const BatchSettings& settings);

}  // namespace dl::process
