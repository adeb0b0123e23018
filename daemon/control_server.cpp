#include "daemon/control_server.h"

#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>

#include <fmt/format.h>

#include "daemon/log.h"
#include "daemon/offload.h"

namespace dl::daemon {
namespace {

using asio::local::stream_protocol;

constexpr mode_t kSocketMode = 0660;
// Enough for every operator of a station, with their scripts; more are asked to come again.
constexpr unsigned kMostConnections = 64;
constexpr std::chrono::seconds kRequestTimeout{10};
constexpr std::chrono::seconds kAcceptRetry{1};

}  // namespace

ControlServer::ControlServer(asio::io_context& io, std::filesystem::path path, AnswerRequest answer)
    : io_(io), path_(std::move(path)), answer_(std::move(answer)), acceptor_(io), retry_(io) {}

ControlServer::~ControlServer() {
  stop();
}

Result<void> ControlServer::start() {
  const std::string advice = "choose another 'control_socket', in a folder that exists and that downlinkd may write to";
  struct stat status {};
  if (::lstat(path_.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) {
      return fail(ErrorKind::config, fmt::format("'{}' is there and is no socket; {}", path_.string(), advice));
    }
    ::unlink(path_.c_str());
  }
  error_code error;
  try {
    const stream_protocol::endpoint endpoint(path_.string());
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.bind(endpoint, error);
  } catch (const boost::system::system_error& failure) {  // of the endpoint: the path is too long
    error = failure.code();
  }
  // Before listen(2) nobody can connect, so nobody can with the mode that the mask gave.
  if (!error && ::chmod(path_.c_str(), kSocketMode) != 0) error.assign(errno, boost::system::system_category());
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return fail(ErrorKind::io, fmt::format("cannot listen at the control socket '{}': {}; {}", path_.string(),
                                           error.message(), advice));
  }
  asio::co_spawn(io_, accept_connections(shared_from_this()), ReportEnd{"accepting control connections"});
  return {};
}

void ControlServer::stop() {
  if (stopping_) return;
  stopping_ = true;
  const bool ours = acceptor_.is_open();
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
  if (ours) ::unlink(path_.c_str());
}

asio::awaitable<void> ControlServer::accept_connections(Self self) {
  while (!self->stopping_) {
    error_code error;
    Socket socket = co_await self->acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (self->stopping_) co_return;
    if (error || self->connections_ >= kMostConnections) {
      if (error) log_warning(fmt::format("cannot accept control connections: {}", error.message()));
      self->retry_.expires_after(kAcceptRetry);
      co_await self->retry_.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    auto shared = std::make_shared<Socket>(std::move(socket));
    asio::co_spawn(self->io_, serve(self, shared), ReportEnd{"answering a control request"});
  }
}

asio::awaitable<void> ControlServer::serve(Self self, std::shared_ptr<Socket> socket) {
  ++self->connections_;
  std::string line;
  error_code error;
  // A client that connects and says nothing must not keep a place for ever.
  asio::steady_timer timeout(self->io_, kRequestTimeout);
  timeout.async_wait([socket](const error_code& cancelled) {
    error_code ignored;
    if (!cancelled) socket->close(ignored);
  });
  const std::size_t size =
      co_await asio::async_read_until(*socket, asio::dynamic_buffer(line, control::kRequestSizeLimitBytes), '\n',
                                      asio::redirect_error(asio::use_awaitable, error));
  timeout.cancel();
  if (!error) {
    const auto request = control::parse_request(std::string_view(line).substr(0, size - 1));
    Result<control::Report> report = tl::unexpected(Error{});
    if (request) {
      report = co_await self->answer_(*request);
    } else {
      report = tl::unexpected(request.error());
    }
    const std::string answer = control::format_answer(report);
    co_await asio::async_write(*socket, asio::buffer(answer), asio::redirect_error(asio::use_awaitable, error));
  }
  --self->connections_;
}

}  // namespace dl::daemon
