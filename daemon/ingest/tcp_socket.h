// What sources do with TCP sockets.
#pragma once

#include <string>

#include "daemon/asio.h"

namespace dl::daemon {

// "192.0.2.7:50312", "[2001:db8::7]:50312".
std::string address_text(const asio::ip::tcp::endpoint& endpoint);

// The other side must not take our end for an orderly one: it is to send again.
void reset_connection(asio::ip::tcp::socket& socket);

}  // namespace dl::daemon
