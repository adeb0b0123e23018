// Sends a stream to a TCP listener the way a receiver does: at the rate of the downlink, and again after a break.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/bytes.h"
#include "core/error.h"

namespace dl::sim {

struct Endpoint {
  std::string host;  // an IPv4 or IPv6 address, or a name
  std::string port;
};

// "tcp://host:port", "tcp://[::1]:4935". Kind config on anything else.
Result<Endpoint> parse_endpoint(const std::string& url);

struct SendOptions {
  double rate_bits_per_s = 0;  // 0: as fast as the peer takes it
  // After a broken connection: connect anew and send again from the start (a receiver that replays its own
  // recording), at most this many times; -1 without limit, 0 gives up at once.
  int reconnects = 0;
  int reconnect_delay_ms = 200;
  // A break is noticed only when the peer's reset has come back, so the end is confirmed: after the last byte we
  // shut down our side and wait for the peer to close.
  int close_timeout_ms = 60000;
};

struct SendReport {
  std::uint64_t bytes_sent = 0;  // over all connections
  std::uint32_t connections = 0;
};

// Blocks until the peer has taken everything and closed, or fails (transient: the peer; config: the address).
Result<SendReport> send_tcp(ByteView bytes, const Endpoint& endpoint, const SendOptions& options);

}  // namespace dl::sim
