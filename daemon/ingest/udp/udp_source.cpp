#include "daemon/ingest/udp/udp_source.h"

#include <fmt/format.h>

#include "daemon/log.h"
#include "daemon/offload.h"

namespace dl::daemon {
namespace {

constexpr const char* kBufferKind = "receive_buffer_small";

}  // namespace

UdpSource::UdpSource(asio::io_context& io, const Clock& clock, config::Source config, std::string station,
                     PassManager& passes, Incidents& incidents, std::function<Result<Unit>()> find_unit)
    : io_(io),
      clock_(clock),
      config_(std::move(config)),
      incidents_(incidents),
      find_unit_(std::move(find_unit)),
      intake_(std::make_shared<Intake>(io, clock, config_, std::move(station), passes)),
      waiting_(io),
      allowed_(config_.allowed_peers) {}

Result<void> UdpSource::start() {
  if (auto opened = open(); !opened) {
    receiver_.reset();
    last_error_ = opened.error().message;
    return opened;
  }
  last_error_.clear();
  intake_->start();
  asio::co_spawn(io_, drain(shared_from_this()), ReportEnd{"taking datagrams"});
  return {};
}

Result<void> UdpSource::open() {
  DL_TRY(const Unit unit, find_unit_());
  auto socket = UdpSocket::open(config_.listen, config_.receive_buffer_bytes);
  if (!socket) {
    return fail(ErrorKind::io, fmt::format("source '{}': {}; end the program that uses the address, or change 'listen' "
                                           "of the source",
                                           config_.name, socket.error().message));
  }
  const std::uint64_t given_bytes = socket->buffer_bytes;
  // The thread may call for the last time when the source is gone already.
  auto waiting = [&io = io_, weak = weak_from_this()] {
    asio::post(io, [weak] {
      if (const auto self = weak.lock()) self->waiting_.notify();
    });
  };
  UdpReceiverOptions options;
  options.strip_bytes = config_.strip_bytes;
  receiver_ = std::make_unique<UdpReceiver>(clock_, std::move(*socket), unit, options, std::move(waiting));
  DL_CHECK(receiver_->start(allowed_));
  log_info(fmt::format("source '{}' receives datagrams at {}", config_.name,
                       config::ListenAddress{config_.listen.host, receiver_->port()}.text()));
  tell_buffer(given_bytes);
  return {};
}

void UdpSource::tell_buffer(std::uint64_t given_bytes) {
  if (given_bytes >= config_.receive_buffer_bytes) return incidents_.close(kBufferKind, config_.name);
  incidents_.open(
      kBufferKind, config_.name,
      fmt::format("the kernel gives source '{}' a receive buffer of {} bytes, expected {}: datagrams may be "
                  "lost while the computer is busy",
                  config_.name, given_bytes, config_.receive_buffer_bytes),
      fmt::format("set net.core.rmem_max to {} (sysctl), or give downlinkd CAP_NET_ADMIN, then restart it; "
                  "or lower 'receive_buffer'",
                  config_.receive_buffer_bytes));
}

void UdpSource::stop() {
  stopping_ = true;
  if (receiver_) {
    receiver_->stop();
    // What the thread had taken already is not lost.
    while (auto block = receiver_->next()) take(std::move(*block));
  }
  intake_->stop();
  waiting_.notify();
}

void UdpSource::update(const config::Source& config) {
  intake_->update(config);
  allowed_ = config.allowed_peers;
  if (receiver_) receiver_->allow(allowed_);
}

asio::awaitable<void> UdpSource::drain(Self self) {
  while (!self->stopping_) {
    auto block = self->receiver_->next();
    if (!block) {
      co_await self->waiting_.wait();
      continue;
    }
    self->take(std::move(*block));
    co_await self->intake_->room();
  }
}

void UdpSource::take(UdpBlock block) {
  if (!block.units.empty()) intake_->take(block.units, block.received_at);
  intake_->count(block.counters);
  if (!block.peer.empty()) peer_ = std::move(block.peer);
  peers_refused_ += block.peers_refused;
  if (block.peers_refused == 0) return;
  incidents_.open("peer_refused", config_.name,
                  fmt::format("datagrams from {} to source '{}' were dropped: the address is not in 'allowed_peers'",
                              block.refused_peer, config_.name),
                  "if that is your receiver, add it to 'allowed_peers' of the source and reload; otherwise keep it out "
                  "with a firewall");
}

control::SourceRow UdpSource::status() const {
  control::SourceRow row = intake_->row("listening");
  if (!receiver_) row.state = "failed";
  row.address = config::ListenAddress{config_.listen.host, receiver_ ? port() : config_.listen.port}.text();
  row.peer = intake_->pass() ? peer_ : "";
  row.peers_refused = peers_refused_;
  row.last_error = last_error_;
  return row;
}

}  // namespace dl::daemon
