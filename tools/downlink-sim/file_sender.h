// Senders that have no peer: a folder that downlinkd watches, and a pipe.
#pragma once

#include "tools/downlink-sim/send.h"

namespace dl::sim {

// Writes into the folder under a name that nobody takes in, then gives the file its own: pass-1.cadu, or the first
// number that is free. Every cut begins another file.
Result<SendReport> drop_into_folder(ByteView bytes, const Endpoint& endpoint, const SendOptions& options);

// To standard output.
Result<SendReport> write_to_pipe(ByteView bytes, const Endpoint& endpoint, const SendOptions& options);

}  // namespace dl::sim
