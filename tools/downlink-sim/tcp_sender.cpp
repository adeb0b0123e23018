#include "tools/downlink-sim/tcp_sender.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "core/file.h"

namespace dl::sim {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::size_t kPieceBytes = 64U << 10;

Result<FileDescriptor> connect_to(const Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &found); error != 0) {
    return fail(ErrorKind::config, fmt::format("cannot resolve '{}': {}", endpoint.host, ::gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  int last_error = 0;
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    FileDescriptor socket(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket.valid() && ::connect(socket.get(), address->ai_addr, address->ai_addrlen) == 0) return socket;
    last_error = errno;
  }
  Error error =
      fail_errno(fmt::format("cannot connect to {} port {}", endpoint.host, endpoint.port), last_error).value();
  return Failure(Error{ErrorKind::transient, std::move(error.message)});
}

Result<void> broken(std::string_view doing) {
  return fail(ErrorKind::transient,
              fail_errno(fmt::format("the connection broke while {}", doing), errno).value().message);
}

// A peer that closed although we still send is a peer that died: it will not read what we write.
bool peer_is_gone(int socket) {
  pollfd waiting{socket, POLLIN, 0};
  if (::poll(&waiting, 1, 0) <= 0) return false;
  Byte byte = 0;
  return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

Result<void> send_piece(int socket, ByteView piece, SendReport& report) {
  while (!piece.empty()) {
    if (peer_is_gone(socket)) {
      errno = ECONNRESET;
      return broken("sending");
    }
    const ssize_t count = ::send(socket, piece.data(), piece.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return broken("sending");
    report.bytes_sent += static_cast<std::uint64_t>(count);
    piece = piece.subspan(static_cast<std::size_t>(count));
  }
  return {};
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

Result<void> send_once(ByteView bytes, const Endpoint& endpoint, const SendOptions& options, SendReport& report) {
  DL_TRY(const FileDescriptor socket, connect_to(endpoint));
  ++report.connections;
  const auto start = SteadyClock::now();
  // At low rates small pieces, so that the stream flows instead of arriving in lumps: about 50 a second.
  std::size_t piece_bytes = kPieceBytes;
  if (options.rate_bits_per_s > 0) {
    piece_bytes = std::clamp<std::size_t>(static_cast<std::size_t>(options.rate_bits_per_s / 8 / 50), 256, kPieceBytes);
  }
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ByteView piece = bytes.subspan(sent, std::min(piece_bytes, bytes.size() - sent));
    DL_CHECK(send_piece(socket.get(), piece, report));
    sent += piece.size();
    if (options.rate_bits_per_s > 0) {
      const std::chrono::duration<double> due(static_cast<double>(sent) * 8 / options.rate_bits_per_s);
      std::this_thread::sleep_until(start + std::chrono::duration_cast<SteadyClock::duration>(due));
    }
  }
  return wait_for_close(socket.get(), options.close_timeout_ms);
}

}  // namespace

Result<Endpoint> parse_endpoint(const std::string& url) {
  constexpr std::string_view kScheme = "tcp://";
  const std::size_t colon = url.rfind(':');
  if (!url.starts_with(kScheme) || colon == std::string::npos || colon <= kScheme.size() || colon + 1 == url.size()) {
    return fail(ErrorKind::config, fmt::format("expected 'tcp://HOST:PORT', found '{}'", url));
  }
  Endpoint endpoint{url.substr(kScheme.size(), colon - kScheme.size()), url.substr(colon + 1)};
  if (endpoint.host.size() > 2 && endpoint.host.front() == '[' && endpoint.host.back() == ']') {
    endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
  }
  return endpoint;
}

Result<SendReport> send_tcp(ByteView bytes, const Endpoint& endpoint, const SendOptions& options) {
  SendReport report;
  for (int tries = 0;; ++tries) {
    const Result<void> sent = send_once(bytes, endpoint, options, report);
    if (sent) return report;
    const bool again = options.reconnects < 0 || tries < options.reconnects;
    if (sent.error().kind != ErrorKind::transient || !again) return tl::unexpected(sent.error());
    std::this_thread::sleep_for(std::chrono::milliseconds(options.reconnect_delay_ms));
  }
}

}  // namespace dl::sim
