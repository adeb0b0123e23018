#include "daemon/ingest/dial/dialler.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <algorithm>

#include <fmt/format.h>

#include "daemon/log.h"
#include "daemon/offload.h"

namespace dl::daemon {
namespace {

using asio::ip::tcp;

constexpr Milliseconds kFirstDelay{500};
constexpr Milliseconds kConnectTimeout{10'000};
constexpr const char* kUnreachableKind = "source_unreachable";

uplink::RetryPolicy policy_of(const config::Source& source) {
  uplink::RetryPolicy policy;
  policy.longest = source.reconnect_delay_max;
  policy.base = std::min(kFirstDelay, policy.longest);
  return policy;
}

// A demodulator that lost power says nothing any more: asked after 10 s of silence, given up after 3 questions.
void watch_peer(tcp::socket& socket) {
  const auto set = [&](int level, int name, int value) {
    (void)::setsockopt(socket.native_handle(), level, name, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 10);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_NODELAY, 1);
}

}  // namespace

Dialler::Dialler(asio::io_context& io, const Clock& clock, const config::Source& source, Incidents& incidents,
                 Milliseconds patience)
    : io_(io),
      clock_(clock),
      source_(source.name),
      peer_(config::parse_host_port(source.connect).value_or(config::HostPort{})),
      incidents_(incidents),
      patience_(patience),
      resolver_(io),
      wake_(io),
      backoff_(policy_of(source), uplink::system_random()) {}

void Dialler::stop() {
  stopping_ = true;
  resolver_.cancel();
  error_code ignored;
  if (dialling_) dialling_->close(ignored);
  wake_.notify();
}

void Dialler::update(const config::Source& source) {
  const auto failures = backoff_.failures();
  backoff_ = uplink::Backoff(policy_of(source), uplink::system_random());
  for (std::uint32_t i = 0; i < failures; ++i) (void)backoff_.failed();
}

asio::awaitable<std::optional<Dialler::Socket>> Dialler::connect(Self self) {
  while (!self->stopping_) {
    // Not before the first attempt of all: a receiver may be sending already.
    if (self->attempts_++ > 0) co_await self->wake_.wait_for(self->backoff_.failed());
    if (self->stopping_) break;
    auto socket = co_await dial(self);
    if (self->stopping_) break;
    if (!socket) {
      self->note_failure(socket.error());
      continue;
    }
    ++self->connections_;
    self->last_error_.clear();
    self->unreachable_since_.reset();
    if (std::exchange(self->told_, false)) self->incidents_.close(kUnreachableKind, self->source_);
    watch_peer(*socket);
    co_return std::move(*socket);
  }
  co_return std::nullopt;
}

asio::awaitable<Result<Dialler::Socket>> Dialler::dial(Self self) {
  const config::HostPort& peer = self->peer_;
  error_code error;
  const auto found = co_await self->resolver_.async_resolve(peer.host, std::to_string(peer.port),
                                                            asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return fail(ErrorKind::transient, fmt::format("cannot resolve '{}': {}", peer.host, error.message()));
  Result<Socket> result = fail(ErrorKind::transient, fmt::format("'{}' has no address", peer.host));
  for (const auto& entry : found) {
    result = co_await dial_one(self, entry.endpoint());
    if (result || self->stopping_) break;
  }
  co_return result;
}

asio::awaitable<Result<Dialler::Socket>> Dialler::dial_one(Self self, tcp::endpoint endpoint) {
  self->dialling_.emplace(self->io_);
  asio::steady_timer limit(self->io_, kConnectTimeout);
  limit.async_wait([self](error_code error) {
    error_code ignored;
    if (!error && self->dialling_) self->dialling_->close(ignored);
  });
  error_code error;
  co_await self->dialling_->async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
  limit.cancel();
  Socket socket = std::move(*self->dialling_);
  self->dialling_.reset();
  if (!error && !socket.is_open()) error = asio::error::timed_out;
  if (!error) co_return socket;
  const bool too_long = error == asio::error::operation_aborted;
  co_return fail(
      ErrorKind::transient,
      fmt::format("cannot connect to {}: {}", address_text(endpoint),
                  too_long ? fmt::format("no answer within {} s", kConnectTimeout.count() / 1000) : error.message()));
}

void Dialler::note_failure(const Error& error) {
  if (last_error_ != error.message) log_info(fmt::format("source '{}': {}", source_, error.message));
  last_error_ = error.message;
  const SteadyTime now = clock_.steady_now();
  if (!unreachable_since_) unreachable_since_ = now;
  if (told_ || now - *unreachable_since_ < patience_) return;
  told_ = true;
  incidents_.open(kUnreachableKind, source_, last_error_,
                  "switch the receiver on, or correct 'connect' of the source; it is tried again all the time");
}

}  // namespace dl::daemon
