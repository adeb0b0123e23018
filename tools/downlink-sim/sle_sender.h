// "sle://HOST:PORT": a file of frames, delivered as an SLE provider does.
#pragma once

#include "tools/downlink-sim/send.h"

namespace dl::sim {

// "user=DOWNLINKD,password=secret,abort=500": how the provider is set up, and its faults, as downlink-sim(1) lists
// them. Kind config for a name or a value that there is not.
Result<SleDelivery> parse_sle(const std::string& text);

// Blocks until as many users as options say have been given everything and have unbound.
Result<SendReport> serve_sle(ByteView bytes, const Endpoint& endpoint, const SendOptions& options);

}  // namespace dl::sim
