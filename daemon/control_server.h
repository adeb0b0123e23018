// The unix socket that downlinkctl talks to: one request line, one answer line, connection closed.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "daemon/asio.h"
#include "daemon/control/protocol.h"

namespace dl::daemon {

using AnswerRequest = std::function<asio::awaitable<Result<control::Report>>(control::Request)>;

// Lives on the io thread. Access is the mode of the socket (0660) and of its folder.
class ControlServer : public std::enable_shared_from_this<ControlServer> {
 public:
  ControlServer(asio::io_context& io, std::filesystem::path path, AnswerRequest answer);
  ~ControlServer();

  // Takes the place of a socket that a killed daemon left behind: whoever holds the spool's lock may.
  Result<void> start();
  void stop();

 private:
  using Self = std::shared_ptr<ControlServer>;
  using Socket = asio::local::stream_protocol::socket;
  static asio::awaitable<void> accept_connections(Self self);
  static asio::awaitable<void> serve(Self self, std::shared_ptr<Socket> socket);

  asio::io_context& io_;
  const std::filesystem::path path_;
  const AnswerRequest answer_;
  asio::local::stream_protocol::acceptor acceptor_;
  asio::steady_timer retry_;
  unsigned connections_ = 0;
  bool stopping_ = false;
};

}  // namespace dl::daemon
