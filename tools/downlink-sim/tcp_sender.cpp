#include "tools/downlink-sim/tcp_sender.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <thread>

#include <fmt/format.h>

namespace dl::sim {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Result<Addresses> resolve(const Endpoint& endpoint, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &found); error != 0) {
    return fail(ErrorKind::config, fmt::format("cannot resolve '{}': {}", endpoint.host, ::gai_strerror(error)));
  }
  return Addresses(found, &::freeaddrinfo);
}

Failure transient(const std::string& doing, int error) {
  return fail(ErrorKind::transient, fail_errno(doing, error).value().message);
}

Result<FileDescriptor> connect_to(const Endpoint& endpoint) {
  DL_TRY(const Addresses addresses, resolve(endpoint, 0));
  int last_error = 0;
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    FileDescriptor socket(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket.valid() && ::connect(socket.get(), address->ai_addr, address->ai_addrlen) == 0) return socket;
    last_error = errno;
  }
  return transient(fmt::format("cannot connect to {} port {}", endpoint.host, endpoint.port), last_error);
}

Failure broken(std::string_view doing) {
  return transient(fmt::format("the connection broke while {}", doing), errno);
}

bool peer_is_gone(int socket) {
  pollfd waiting{socket, POLLIN, 0};
  if (::poll(&waiting, 1, 0) <= 0) return false;
  Byte byte = 0;
  return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

Result<void> wait_for_close(int socket, int timeout_ms) {
  ::shutdown(socket, SHUT_WR);
  const auto deadline = SteadyClock::now() + std::chrono::milliseconds(timeout_ms);
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now());
    pollfd waiting{socket, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) == 0) {
      return fail(ErrorKind::transient, "the peer did not close the connection after the end of the pass");
    }
    Byte rest[256];
    const ssize_t count = ::recv(socket, rest, sizeof rest, 0);
    if (count == 0) return {};
    if (count < 0 && errno != EINTR) return broken("ending the pass");
  }
}

// As a receiver that loses power: what is on its way may be lost.
void reset(int socket) {
  const linger at_once{1, 0};
  (void)::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

Result<void> send_stream(int socket, Feed& feed, const SendOptions&, SendReport& report) {
  while (true) {
    const ByteView piece = feed.next(feed.piece_bytes());
    if (piece.empty()) return {};
    DL_CHECK(send_all(socket, piece));
    report.bytes_sent += piece.size();
  }
}

// "ground-interfaces", 5.3: both say 8 bytes, then every message is its length, 8 bytes, most significant first, and
// its body.
Result<void> publish(int socket, Feed& feed, const SendOptions& options, SendReport& report) {
  constexpr std::array<Byte, 8> kPublisher = {0x00, 0x53, 0x50, 0x00, 0x00, 0x20, 0x00, 0x00};
  constexpr std::array<Byte, 8> kSubscriber = {0x00, 0x53, 0x50, 0x00, 0x00, 0x21, 0x00, 0x00};
  DL_CHECK(send_all(socket, kPublisher));
  std::array<Byte, 8> greeting{};
  DL_CHECK(receive_all(socket, greeting, options.close_timeout_ms));
  if (greeting != kSubscriber) return fail(ErrorKind::transient, "the peer does not greet as an SP subscriber");
  while (true) {
    const ByteView unit = feed.next_unit();
    if (unit.empty()) return {};
    const std::uint64_t size = options.prefix_bytes + unit.size();
    Bytes message(8 + options.prefix_bytes);
    for (unsigned i = 0; i < 8; ++i) message[i] = static_cast<Byte>(size >> (56 - 8 * i));
    message.insert(message.end(), unit.begin(), unit.end());
    DL_CHECK(send_all(socket, message));
    report.bytes_sent += unit.size();
    ++report.messages;
  }
}

Result<void> run_session(int socket, Feed& feed, const SendOptions& options, Session session, SendReport& report) {
  ++report.connections;
  DL_CHECK(session(socket, feed, options, report));
  if (feed.at_end()) return wait_for_close(socket, options.close_timeout_ms);
  reset(socket);
  return {};
}

// Connections by `connect`, until everything is sent and the peer has closed.
template <class Connect>
Result<SendReport> deliver(ByteView bytes, const SendOptions& options, Session session, Connect connect) {
  SendReport report;
  Feed feed(bytes, options);
  for (int breaks = 0;;) {
    Result<void> done;
    {
      auto socket = connect();
      done = socket ? run_session(socket->get(), feed, options, session, report) : tl::unexpected(socket.error());
    }
    if (done && !feed.pass_cut()) return report;
    if (!done) {
      const bool again = options.reconnects < 0 || breaks++ < options.reconnects;
      if (done.error().kind != ErrorKind::transient || !again) return tl::unexpected(done.error());
      feed.rewind();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(options.reconnect_delay_ms));
  }
}

}  // namespace

Result<void> send_all(int socket, ByteView bytes) {
  while (!bytes.empty()) {
    if (peer_is_gone(socket)) {
      errno = ECONNRESET;
      return broken("sending");
    }
    const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return broken("sending");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Result<void> receive_all(int socket, std::span<Byte> bytes, int timeout_ms) {
  const auto deadline = SteadyClock::now() + std::chrono::milliseconds(timeout_ms);
  while (!bytes.empty()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now());
    pollfd waiting{socket, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waiting, 1, static_cast<int>(left.count())) == 0) {
      return fail(ErrorKind::transient, "the peer did not say what was expected in time");
    }
    const ssize_t count = ::recv(socket, bytes.data(), bytes.size(), 0);
    if (count == 0) return fail(ErrorKind::transient, "the peer closed the connection");
    if (count < 0 && errno != EINTR) return broken("receiving");
    if (count > 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Result<FileDescriptor> listen_at(const Endpoint& endpoint) {
  DL_TRY(const Addresses addresses, resolve(endpoint, AI_PASSIVE));
  FileDescriptor socket(::socket(addresses->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int reuse = 1;
  (void)::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  if (!socket.valid() || ::bind(socket.get(), addresses->ai_addr, addresses->ai_addrlen) != 0 ||
      ::listen(socket.get(), 8) != 0) {
    return transient(fmt::format("cannot listen at {} port {}", endpoint.host, endpoint.port), errno);
  }
  return socket;
}

Result<FileDescriptor> accept_one(int listener, int timeout_ms) {
  pollfd waiting{listener, POLLIN, 0};
  if (::poll(&waiting, 1, timeout_ms) <= 0) return fail(ErrorKind::transient, "nobody has connected in time");
  FileDescriptor socket(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  if (!socket.valid()) return transient("cannot accept a connection", errno);
  return socket;
}

Result<SendReport> serve(ByteView bytes, const Endpoint& endpoint, const SendOptions& options, Session session) {
  DL_TRY(const FileDescriptor listener, listen_at(endpoint));
  return deliver(bytes, options, session, [&] { return accept_one(listener.get(), options.close_timeout_ms); });
}

Result<SendReport> send_tcp(ByteView bytes, const Endpoint& endpoint, const SendOptions& options) {
  return deliver(bytes, options, send_stream, [&] { return connect_to(endpoint); });
}

Result<SendReport> serve_tcp(ByteView bytes, const Endpoint& endpoint, const SendOptions& options) {
  return serve(bytes, endpoint, options, send_stream);
}

Result<SendReport> serve_sp(ByteView bytes, const Endpoint& endpoint, const SendOptions& options) {
  return serve(bytes, endpoint, options, publish);
}

}  // namespace dl::sim
