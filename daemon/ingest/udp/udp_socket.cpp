#include "daemon/ingest/udp/udp_socket.h"

#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#ifndef UDP_GRO
#define UDP_GRO 104  // linux/udp.h; since Linux 5.0
#endif

namespace dl::daemon {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  bool is_multicast = false;
};

Result<Address> parse(const config::ListenAddress& listen) {
  Address address;
  auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (::inet_pton(AF_INET, listen.host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(listen.port);
    address.size = sizeof v4;
    address.is_multicast = IN_MULTICAST(ntohl(v4.sin_addr.s_addr));
    return address;
  }
  if (::inet_pton(AF_INET6, listen.host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(listen.port);
    address.size = sizeof v6;
    address.is_multicast = IN6_IS_ADDR_MULTICAST(&v6.sin6_addr);
    return address;
  }
  return fail(ErrorKind::config, fmt::format("'{}' is no address", listen.host));
}

bool set(int descriptor, int level, int name, int value) {
  return ::setsockopt(descriptor, level, name, &value, sizeof value) == 0;
}

bool join_group(int descriptor, const Address& address) {
  if (address.storage.ss_family == AF_INET) {
    ip_mreq request{};
    request.imr_multiaddr = reinterpret_cast<const sockaddr_in&>(address.storage).sin_addr;
    return ::setsockopt(descriptor, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request) == 0;
  }
  ipv6_mreq request{};
  request.ipv6mr_multiaddr = reinterpret_cast<const sockaddr_in6&>(address.storage).sin6_addr;
  return ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request, sizeof request) == 0;
}

// The kernel doubles what is asked for, for its own data, and says so.
std::uint64_t enlarge_buffer(int descriptor, std::uint64_t wanted_bytes) {
  const int wanted = static_cast<int>(wanted_bytes);
  if (!set(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, wanted)) (void)set(descriptor, SOL_SOCKET, SO_RCVBUF, wanted);
  int given = 0;
  socklen_t size = sizeof given;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &given, &size) != 0) return 0;
  return static_cast<std::uint64_t>(given) / 2;
}

}  // namespace

Result<UdpSocket> UdpSocket::open(const config::ListenAddress& listen, std::uint64_t buffer_bytes) {
  DL_TRY(Address address, parse(listen));
  const auto refuse = [&] { return fail_errno(fmt::format("cannot receive datagrams at {}", listen.text()), errno); };
  UdpSocket socket;
  socket.descriptor = FileDescriptor(::socket(address.storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int descriptor = socket.descriptor.get();
  if (!socket.descriptor.valid()) return refuse();
  // Several programs of one machine may listen to a group.
  if (address.is_multicast) (void)set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
  socket.buffer_bytes = enlarge_buffer(descriptor, buffer_bytes);
  if (!set(descriptor, SOL_SOCKET, SO_RXQ_OVFL, 1)) return refuse();
  (void)set(descriptor, IPPROTO_UDP, UDP_GRO, 1);  // an old kernel hands over every datagram by itself
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0) return refuse();
  if (address.is_multicast && !join_group(descriptor, address)) return refuse();
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return refuse();
  socket.port = ntohs(bound.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in&>(bound).sin_port
                                                 : reinterpret_cast<const sockaddr_in6&>(bound).sin6_port);
  return socket;
}

std::optional<std::uint32_t> UdpSocket::dropped() const {
  std::array<std::uint32_t, SK_MEMINFO_VARS> values{};
  socklen_t size = sizeof values;
  if (::getsockopt(descriptor.get(), SOL_SOCKET, SO_MEMINFO, values.data(), &size) != 0) return std::nullopt;
  if (size < (SK_MEMINFO_DROPS + 1) * sizeof(std::uint32_t)) return std::nullopt;
  return values[SK_MEMINFO_DROPS];
}

std::string host_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = address.ss_family == AF_INET
                          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
                          : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
  if (address.ss_family != AF_INET && address.ss_family != AF_INET6) return "";
  const char* const written = ::inet_ntop(address.ss_family, bytes, text.data(), static_cast<socklen_t>(text.size()));
  return written != nullptr ? written : "";
}

std::string host_and_port_of(const sockaddr_storage& address) {
  const std::string host = host_of(address);
  if (host.empty()) return "";
  const auto port = ntohs(address.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in&>(address).sin_port
                                                       : reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  return config::ListenAddress{host, port}.text();
}

}  // namespace dl::daemon
