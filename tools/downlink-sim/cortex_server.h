// The telemetry port of a Cortex demodulator, as its manual and other clients describe it ("ground-interfaces", 5.1);
// written without looking at ours.
#pragma once

#include "tools/downlink-sim/send.h"

namespace dl::sim {

// "blocks=8,preamble=64,time=2026-12-31T23:59:58Z": any of the names of CortexReplies. Kind config.
Result<CortexReplies> parse_cortex(const std::string& text);

// Waits to be dialled, checks every word of the request, and sends one unit a block. A cut falls into the block that
// holds it; what it leaves of the unit is gone.
Result<SendReport> serve_cortex(ByteView bytes, const Endpoint& endpoint, const SendOptions& options);

}  // namespace dl::sim
