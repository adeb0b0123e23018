// Sends a stream the way a ground station does, in any protocol that downlinkd takes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/error.h"
#include "core/time.h"
#include "tools/downlink-sim/sle_provider.h"

namespace dl::sim {

// "udp://[::1]:4936", "folder:///incoming".
struct Endpoint {
  std::string scheme;
  std::string host;  // an IPv4 or IPv6 address, or a name; no brackets
  std::string port;
  std::string path;  // behind "scheme://", of protocols that have no host
};

// Kind config on anything else, and for a scheme that no protocol has.
Result<Endpoint> parse_endpoint(const std::string& url);

// How a Cortex answers, which is set in the demodulator; numbers that say yes or no are 1 or 0. Sizes in bytes, spare
// in words of 8.
struct CortexReplies {
  unsigned crt = 0;  // the CRT family, not HDR
  unsigned channel = 0;
  unsigned flow = 0;
  unsigned blocks = 1;  // in a reply
  unsigned preamble = 64;
  unsigned postamble = 4;
  unsigned padding = 0;
  unsigned time_tag = 1;
  unsigned status = 1;
  unsigned spare = 0;
  UtcTime time{};            // of the first unit
  unsigned interval = 1000;  // microseconds from one unit to the next
  // Every so manyth is wrong; 0: none.
  unsigned bad_preambles = 0;
  unsigned bad_sync_words = 0;
};

// How an SLE provider delivers, and to how many users before it ends.
struct SleDelivery {
  SleProviderOptions provider;
  UtcTime time{};               // earth receive time of the first frame
  unsigned interval_us = 1000;  // from one frame to the next
  unsigned users = 1;
};

// How it is sent; what each protocol makes of it stands at its entry in protocols().
struct SendOptions {
  double rate_bits_per_s = 0;  // 0: as fast as the peer takes it
  // Where messages are sent: one unit in each.
  std::size_t unit_bytes = 1024;
  std::size_t skip_bytes = 0;    // left out at the start of every unit: its marker
  std::size_t prefix_bytes = 0;  // of zeros in front of every message
  // After a connection that the peer broke: connect anew and send again from the start (a receiver that replays its
  // own recording), at most this many times; -1 without limit, 0 gives up at once.
  int reconnects = 0;
  int reconnect_delay_ms = 200;
  // A break is noticed only when the peer's reset has come back, so the end is confirmed: after the last byte we
  // shut down our side and wait for the peer to close. As long a peer may take to connect to us.
  int close_timeout_ms = 60000;
  // Offsets in the stream. There our side breaks the connection, and what follows is sent in the next one.
  std::vector<std::uint64_t> cuts = {};
  // There nothing is sent for so long.
  std::optional<std::uint64_t> pause_at = {};
  int pause_ms = 0;
  CortexReplies cortex = {};
  SleDelivery sle = {};
};

struct SendReport {
  std::uint64_t bytes_sent = 0;  // of the stream, over all connections
  std::uint32_t connections = 0;
  std::uint64_t messages = 0;
};

// Blocks until the peer has taken everything, or fails (transient: the peer; config: the address).
using Send = Result<SendReport> (*)(ByteView bytes, const Endpoint& endpoint, const SendOptions& options);

struct Protocol {
  std::string_view scheme;
  std::string_view form;  // "tcp://HOST:PORT"
  std::string_view help;
  bool has_host = true;
  Send send = nullptr;
};

// All of them: a new protocol is one line there.
const std::vector<Protocol>& protocols();

// By the protocol of the endpoint.
Result<SendReport> send(ByteView bytes, const Endpoint& endpoint, const SendOptions& options);

}  // namespace dl::sim
