// A UDP socket as the receiver of a downlink needs it.
#pragma once

#include <sys/socket.h>
#include <cstdint>
#include <optional>
#include <string>

#include "config/config.h"
#include "core/error.h"
#include "core/file.h"

namespace dl::daemon {

struct UdpSocket {
  FileDescriptor descriptor;       // does not block
  std::uint16_t port = 0;          // as bound
  std::uint64_t buffer_bytes = 0;  // of payload and the kernel's own data, as asked for; less when it was refused

  // Bound to `listen`, member of the group when that is a multicast address, with as large a buffer as the kernel
  // gives. Its drops are told with every datagram (SO_RXQ_OVFL), and datagrams of one sender may come joined (UDP_GRO)
  // where the kernel can do that. Kind io.
  static Result<UdpSocket> open(const config::ListenAddress& listen, std::uint64_t buffer_bytes);

  // Datagrams that the kernel dropped since the socket was opened, whether or not one came since; modulo 2^32. Nothing
  // when the kernel cannot say.
  [[nodiscard]] std::optional<std::uint32_t> dropped() const;
};

// "192.0.2.7", "192.0.2.7:50312"; "" when it is no internet address. IPv4-mapped ones are shown as they came.
std::string host_of(const sockaddr_storage& address);
std::string host_and_port_of(const sockaddr_storage& address);

}  // namespace dl::daemon
