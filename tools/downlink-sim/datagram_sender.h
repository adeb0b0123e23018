// Sends one unit a datagram.
#pragma once

#include "tools/downlink-sim/send.h"

namespace dl::sim {

// A cut shortens the datagram that it falls into, and the next one begins there. Nobody confirms anything.
Result<SendReport> send_datagrams(ByteView bytes, const Endpoint& endpoint, const SendOptions& options);

}  // namespace dl::sim
