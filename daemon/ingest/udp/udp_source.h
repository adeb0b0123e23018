// Datagrams, one unit in each: nobody can be asked to wait or to send again, so what is lost here is counted, apart
// from what the link has lost.
//
// Nothing marks the end of a pass but silence; a source that was silent for hours goes on with the next datagram.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/ingest/intake.h"
#include "daemon/ingest/source.h"
#include "daemon/ingest/udp/udp_receiver.h"

namespace dl::daemon {

class UdpSource final : public Source, public std::enable_shared_from_this<UdpSource> {
 public:
  // `find_unit` is called by start(). Everything referred to must outlive the source.
  UdpSource(asio::io_context& io, const Clock& clock, config::Source config, std::string station, PassManager& passes,
            Incidents& incidents, std::function<Result<Unit>()> find_unit);

  Result<void> start() override;
  void stop() override;
  void update(const config::Source& config) override;
  [[nodiscard]] control::SourceRow status() const override;

  // As bound.
  [[nodiscard]] std::uint16_t port() const { return receiver_ ? receiver_->port() : 0; }

 private:
  using Self = std::shared_ptr<UdpSource>;
  Result<void> open();
  void tell_buffer(std::uint64_t given_bytes);
  static asio::awaitable<void> drain(Self self);
  void take(UdpBlock block);

  asio::io_context& io_;
  const Clock& clock_;
  const config::Source config_;
  Incidents& incidents_;
  const std::function<Result<Unit>()> find_unit_;
  const std::shared_ptr<Intake> intake_;
  Signal waiting_;
  std::vector<config::PeerNetwork> allowed_;
  std::unique_ptr<UdpReceiver> receiver_;  // null: not started
  bool stopping_ = false;
  std::string peer_;
  std::uint64_t peers_refused_ = 0;
  std::string last_error_;
};

}  // namespace dl::daemon
