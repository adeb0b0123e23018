#include "daemon/ingest/tcp_listen_source.h"

#include <fmt/format.h>

#include "daemon/ingest/tcp_socket.h"
#include "daemon/log.h"
#include "daemon/offload.h"

namespace dl::daemon {
namespace {

using asio::ip::tcp;

constexpr std::size_t kReadBytes = 256U << 10;
// After accept(2) failed (no descriptor left): long enough not to spin, short enough not to miss a pass.
constexpr Milliseconds kAcceptRetry{1000};
constexpr const char* kAcceptKind = "accept_failed";

}  // namespace

struct TcpListenSource::Connection {
  Connection(tcp::socket connected, std::string peer_text, Unit unit)
      : socket(std::move(connected)), peer(std::move(peer_text)), units(unit) {}

  tcp::socket socket;
  const std::string peer;
  UnitStream units;
  SteadyTime last_data{};  // or when it was accepted
};

TcpListenSource::TcpListenSource(asio::io_context& io, const Clock& clock, config::Source config, std::string station,
                                 PassManager& passes, Incidents& incidents, TcpListenOptions options)
    : io_(io),
      clock_(clock),
      config_(std::move(config)),
      incidents_(incidents),
      options_(options),
      intake_(std::make_shared<Intake>(io, clock, config_, std::move(station), passes)),
      acceptor_(io),
      wake_(io) {}

Result<void> TcpListenSource::start() {
  intake_->start();
  if (const auto listening = listen(); !listening) {
    error_code ignored;
    acceptor_.close(ignored);
    last_error_ = listening.error().message;
    return listening;
  }
  last_error_.clear();
  asio::co_spawn(io_, accept_connections(shared_from_this()), ReportEnd{"accepting connections"});
  return {};
}

Result<void> TcpListenSource::listen() {
  DL_TRY(unit_, options_.find_unit());
  error_code error;
  const auto address = asio::ip::make_address(config_.listen.host, error);
  if (error)
    return fail(ErrorKind::config, fmt::format("source '{}': '{}' is no address", config_.name, config_.listen.host));
  const tcp::endpoint endpoint(address, config_.listen.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return fail(ErrorKind::io,
                fmt::format("source '{}' cannot listen at {}: {}; end the program that uses the address, or change "
                            "'listen' of the source",
                            config_.name, config_.listen.text(), error.message()));
  }
  port_ = acceptor_.local_endpoint(error).port();
  log_info(fmt::format("source '{}' listens at {}", config_.name, address_text(acceptor_.local_endpoint(error))));
  return {};
}

void TcpListenSource::update(const config::Source& config) {
  config_.allowed_peers = config.allowed_peers;
  intake_->update(config);
}

void TcpListenSource::stop() {
  stopping_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  if (active_) reset_connection(active_->socket);
  intake_->stop();
  wake_.notify();
}

asio::awaitable<void> TcpListenSource::accept_connections(Self self) {
  while (!self->stopping_) {
    error_code error;
    tcp::socket socket = co_await self->acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (self->stopping_) co_return;
    if (!error) {
      if (!std::exchange(self->last_error_, "").empty()) {
        self->incidents_.close(kAcceptKind, self->config_.name);
      }
      self->admit(std::move(socket));
      continue;
    }
    // The peer was gone before we looked: nothing to wait for.
    if (error == asio::error::connection_aborted) continue;
    self->last_error_ = fmt::format("cannot accept connections: {}", error.message());
    self->incidents_.open(
        kAcceptKind, self->config_.name, self->last_error_,
        "raise the limit of open files (LimitNOFILE=) or look what holds them; tried again every second");
    co_await self->wake_.wait_for(kAcceptRetry);
  }
}

void TcpListenSource::admit(tcp::socket socket) {
  error_code error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) return;  // gone again
  const std::string peer = address_text(remote);
  const std::string address = remote.address().to_string();
  if (!config::is_allowed_peer(config_.allowed_peers, address)) {
    refuse(socket, "peer_refused",
           fmt::format("a connection from {} to source '{}' was refused: the address is not in 'allowed_peers'", peer,
                       config_.name),
           fmt::format(
               "if {} is your receiver, add it to 'allowed_peers' of source '{}' and reload; otherwise keep it out "
               "with a firewall",
               address, config_.name));
    return;
  }
  if (active_ && !displaces_the_active_one()) {
    refuse(socket, "second_connection",
           fmt::format("a connection from {} to source '{}' was refused: {} is connected and sending", peer,
                       config_.name, active_->peer),
           "have one receiver send to a source at a time; give a second receiver a source of its own");
    return;
  }
  socket.set_option(asio::socket_base::keep_alive(true), error);
  const auto connection = std::make_shared<Connection>(std::move(socket), peer, unit_);
  connection->last_data = clock_.steady_now();
  active_ = connection;
  if (ever_connected_) intake_->count({.reconnects = 1});
  ever_connected_ = true;
  intake_->begin_connection();
  log_info(fmt::format("source '{}': {} has connected", config_.name, peer));
  asio::co_spawn(io_, receive(shared_from_this(), connection), ReportEnd{"receiving"});
}

// A receiver that lost power leaves a connection that nobody will ever close: when it comes again, it is let in.
bool TcpListenSource::displaces_the_active_one() {
  const bool we_wait = intake_->waits_for_room() && intake_->connection_is_in_pass();
  if (we_wait || clock_.steady_now() - active_->last_data < options_.silence_of_dead) return false;
  log_warning(fmt::format("source '{}': {} was silent and gives way to a new connection", config_.name, active_->peer));
  reset_connection(active_->socket);
  count_cut(*active_);
  active_.reset();
  return true;
}

void TcpListenSource::refuse(tcp::socket& socket, const std::string& kind, const std::string& message,
                             const std::string& action) {
  ++peers_refused_;
  reset_connection(socket);
  // One incident for all peers: whoever knocks from many addresses must not fill the journal.
  incidents_.open(kind, config_.name, message, action);
}

asio::awaitable<void> TcpListenSource::receive(Self self, std::shared_ptr<Connection> connection) {
  Bytes buffer(kReadBytes);
  error_code error;
  while (!error && !self->stopping_) {
    const std::size_t count = co_await connection->socket.async_read_some(
        asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
    if (self->active_ != connection) co_return;  // displaced: the pass is another's
    if (count == 0) continue;
    self->take(*connection, ByteView(buffer).first(count));
    co_await self->intake_->room();
    connection->last_data = self->clock_.steady_now();
  }
  if (self->stopping_ || self->active_ != connection) co_return;
  self->active_.reset();
  self->count_cut(*connection);
  const bool orderly = error == asio::error::eof;
  log_info(fmt::format("source '{}': {} has disconnected ({})", self->config_.name, connection->peer, error.message()));
  // A connection that brought nothing says nothing about the pass: a port scan ends none.
  if (orderly && self->intake_->connection_is_in_pass()) co_await Intake::end_recorded(self->intake_, "eof");
}

void TcpListenSource::take(Connection& connection, ByteView bytes) {
  const UtcTime now = clock_.now();
  connection.units.push(bytes, [&](ByteView units) { intake_->take(units, now); });
}

// Of a unit that had begun when the connection ended.
void TcpListenSource::count_cut(Connection& connection) {
  const std::size_t cut = connection.units.cut();
  if (cut > 0) intake_->count({.wrong_size_messages = 1, .wrong_size_bytes = cut});
}

control::SourceRow TcpListenSource::status() const {
  control::SourceRow row = intake_->row("listening");
  if (!acceptor_.is_open()) row.state = "failed";
  row.address = config::ListenAddress{config_.listen.host, port_ != 0 ? port_ : config_.listen.port}.text();
  row.peer = active_ ? active_->peer : "";
  row.peers_refused = peers_refused_;
  row.last_error = last_error_;
  return row;
}

}  // namespace dl::daemon
