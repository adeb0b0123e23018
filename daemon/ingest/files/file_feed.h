// What a source does with a file that is open: its bytes go into a pass.
#pragma once

#include <memory>
#include <string>

#include "core/error.h"
#include "daemon/passes/pass.h"

namespace dl::daemon {

// Reads `descriptor` from where the recording of the pass stands, which may be the middle when the last run began it,
// to its end, and pushes what it reads. True: the end was reached. False: `stopping`, which must outlive the call, came
// to be true. Kind io: it cannot be read on; what was read is recorded. The pass stays open in any case.
asio::awaitable<Result<bool>> feed_file(asio::thread_pool& blocking, std::shared_ptr<Pass> pass, int descriptor,
                                        std::string name, UtcTime received_at, const bool& stopping);

}  // namespace dl::daemon
