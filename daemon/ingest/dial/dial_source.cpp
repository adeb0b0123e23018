#include "daemon/ingest/dial/dial_source.h"

#include <fmt/format.h>

#include "daemon/log.h"
#include "daemon/offload.h"

namespace dl::daemon {
namespace {

constexpr std::size_t kReadBytes = 256U << 10;
constexpr const char* kProtocolKind = "protocol_error";

}  // namespace

DialSource::DialSource(asio::io_context& io, const Clock& clock, config::Source config, std::string station,
                       PassManager& passes, Incidents& incidents, std::function<Result<MakeProtocol>()> prepare)
    : io_(io),
      clock_(clock),
      config_(std::move(config)),
      incidents_(incidents),
      prepare_(std::move(prepare)),
      intake_(std::make_shared<Intake>(io, clock, config_, std::move(station), passes)),
      dialler_(std::make_shared<Dialler>(io, clock, config_, incidents)) {}

Result<void> DialSource::start() {
  auto prepared = prepare_();
  if (!prepared) {
    last_error_ = prepared.error().message;
    return Failure(std::move(prepared.error()));
  }
  last_error_.clear();
  make_protocol_ = std::move(*prepared);
  intake_->start();
  asio::co_spawn(io_, live(shared_from_this()), ReportEnd{"dialling"});
  return {};
}

void DialSource::stop() {
  stopping_ = true;
  dialler_->stop();
  if (socket_) reset_connection(*socket_);
  intake_->stop();
}

void DialSource::update(const config::Source& config) {
  intake_->update(config);
  dialler_->update(config);
}

asio::awaitable<void> DialSource::live(Self self) {
  while (!self->stopping_) {
    auto socket = co_await Dialler::connect(self->dialler_);
    if (!socket || self->stopping_) break;
    error_code error;
    self->peer_ = address_text(socket->remote_endpoint(error));
    self->socket_ = std::move(socket);
    if (self->dialler_->connected_before()) self->intake_->count({.reconnects = 1});
    self->intake_->begin_connection();
    log_info(fmt::format("source '{}' is connected to {}", self->config_.name, self->peer_));
    co_await receive(self);
    self->socket_.reset();
    self->peer_.clear();
  }
}

// One connection, from its greeting to its end.
asio::awaitable<void> DialSource::receive(Self self) {
  const auto protocol = self->make_protocol_();
  const ByteView greeting = protocol->greeting();
  error_code error;
  if (!greeting.empty()) {
    co_await asio::async_write(*self->socket_, asio::buffer(greeting.data(), greeting.size()),
                               asio::redirect_error(asio::use_awaitable, error));
  }
  Bytes buffer(kReadBytes);
  while (!error && !self->stopping_) {
    const std::size_t count =
        co_await self->socket_->async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
    if (self->stopping_) co_return;
    if (count == 0) continue;
    if (const auto taken = self->take(*protocol, ByteView(buffer).first(count)); !taken) {
      self->refuse(taken.error());
      co_return;
    }
    co_await self->intake_->room();
  }
  if (self->stopping_) co_return;
  self->intake_->count(protocol->end());
  log_info(fmt::format("source '{}': the connection to {} has ended ({})", self->config_.name, self->peer_,
                       error.message()));
  if (error == asio::error::eof && self->intake_->connection_is_in_pass()) {
    co_await Intake::end_recorded(self->intake_, "eof");
  }
}

Result<void> DialSource::take(StreamProtocol& protocol, ByteView bytes) {
  bool brought_units = false;
  const UtcTime now = clock_.now();
  if (!intake_->pass()) protocol.begin_pass();
  const auto taken = protocol.push(bytes, [&](ByteView units, const IntakeCounters& counters) {
    if (!units.empty()) intake_->take(units, protocol.received_at(now));
    intake_->count(counters);
    brought_units |= !units.empty();
  });
  if (brought_units) {
    dialler_->worked();
    if (!std::exchange(last_error_, "").empty()) incidents_.close(kProtocolKind, config_.name);
  }
  return taken;
}

// The pass stays open: the next connection may be better.
void DialSource::refuse(const Error& error) {
  last_error_ = error.message;
  intake_->count({.protocol_errors = 1});
  incidents_.open(kProtocolKind, config_.name, fmt::format("{} does not speak the protocol: {}", peer_, last_error_),
                  "look whether 'kind' and 'connect' of the source are right; it is tried again all the time");
  reset_connection(*socket_);
}

control::SourceRow DialSource::status() const {
  control::SourceRow row = intake_->row(socket_ ? "connected" : "connecting");
  row.address = config_.connect;
  row.peer = peer_;
  row.last_error = last_error_.empty() ? dialler_->last_error() : last_error_;
  if (!make_protocol_) row.state = "failed";
  return row;
}

}  // namespace dl::daemon
