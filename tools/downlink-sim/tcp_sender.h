// Senders that stand on TCP: a receiver that connects to downlinkd, and those that wait for it.
#pragma once

#include "core/file.h"
#include "tools/downlink-sim/feed.h"
#include "tools/downlink-sim/send.h"

namespace dl::sim {

// One connection, from its first byte: sends from `feed` until a cut, or to the end.
using Session = Result<void> (*)(int socket, Feed& feed, const SendOptions& options, SendReport& report);

// Connects, again after a cut, and from the start after a break by the peer.
Result<SendReport> send_tcp(ByteView bytes, const Endpoint& endpoint, const SendOptions& options);

// Waits to be dialled instead.
Result<SendReport> serve_tcp(ByteView bytes, const Endpoint& endpoint, const SendOptions& options);

// The same as a publisher of SP messages, one unit in each.
Result<SendReport> serve_sp(ByteView bytes, const Endpoint& endpoint, const SendOptions& options);

// What other protocols on TCP are made of.
Result<SendReport> serve(ByteView bytes, const Endpoint& endpoint, const SendOptions& options, Session session);
// A socket that listens at the endpoint, and the next who connects. Kinds: config, transient.
Result<FileDescriptor> listen_at(const Endpoint& endpoint);
Result<FileDescriptor> accept_one(int listener, int timeout_ms);
// Notices a peer that has closed although we still send: it will not read what we write. Kind transient.
Result<void> send_all(int socket, ByteView bytes);
// Kinds transient: the peer has ended or broken the connection, or the time is over.
Result<void> receive_all(int socket, std::span<Byte> bytes, int timeout_ms);

}  // namespace dl::sim
