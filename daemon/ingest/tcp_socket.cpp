#include "daemon/ingest/tcp_socket.h"

#include "config/config.h"

namespace dl::daemon {

using asio::ip::tcp;

std::string address_text(const tcp::endpoint& endpoint) {
  return config::ListenAddress{endpoint.address().to_string(), endpoint.port()}.text();
}

void reset_connection(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

}  // namespace dl::daemon
