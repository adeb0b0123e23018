#include "tools/downlink-sim/datagram_sender.h"

#include <netdb.h>
#include <sys/socket.h>
#include <cerrno>
#include <memory>

#include <fmt/format.h>

#include "core/file.h"
#include "tools/downlink-sim/feed.h"

namespace dl::sim {
namespace {

Result<FileDescriptor> socket_to(const Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &found); error != 0) {
    return fail(ErrorKind::config, fmt::format("cannot resolve '{}': {}", endpoint.host, ::gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  FileDescriptor socket(::socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid() || ::connect(socket.get(), found->ai_addr, found->ai_addrlen) != 0) {
    return fail_errno(fmt::format("cannot send datagrams to {} port {}", endpoint.host, endpoint.port), errno);
  }
  return socket;
}

}  // namespace

Result<SendReport> send_datagrams(ByteView bytes, const Endpoint& endpoint, const SendOptions& options) {
  DL_TRY(const FileDescriptor socket, socket_to(endpoint));
  SendReport report;
  report.connections = 1;
  Feed feed(bytes, options);
  while (!feed.at_end()) {
    const ByteView unit = feed.next_unit();
    (void)feed.pass_cut();
    Bytes datagram(options.prefix_bytes);
    datagram.insert(datagram.end(), unit.begin(), unit.end());
    const ssize_t sent = ::send(socket.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL);
    // Of a datagram before this one: nobody is there yet.
    if (sent < 0 && errno != ECONNREFUSED) return fail_errno("cannot send a datagram", errno);
    report.bytes_sent += unit.size();
    ++report.messages;
  }
  return report;
}

}  // namespace dl::sim
