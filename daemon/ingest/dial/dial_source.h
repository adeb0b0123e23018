// A receiver that we connect to: it sends when it has something. One pass per connection that brings data; an orderly
// end by the peer ends the pass, then it is dialled again.
//
// A connection that ends otherwise leaves the pass open, and the next one continues it, until the idle time-out.
#pragma once

#include <memory>
#include <string>

#include "daemon/ingest/dial/dialler.h"
#include "daemon/ingest/dial/stream_protocol.h"
#include "daemon/ingest/intake.h"
#include "daemon/ingest/source.h"

namespace dl::daemon {

class DialSource final : public Source, public std::enable_shared_from_this<DialSource> {
 public:
  // `make_protocol` is called for every connection; a failure of it is one of start(). Everything referred to must
  // outlive the source.
  DialSource(asio::io_context& io, const Clock& clock, config::Source config, std::string station, PassManager& passes,
             Incidents& incidents, std::function<Result<MakeProtocol>()> prepare);

  Result<void> start() override;
  void stop() override;
  void update(const config::Source& config) override;
  [[nodiscard]] control::SourceRow status() const override;

 private:
  using Self = std::shared_ptr<DialSource>;
  static asio::awaitable<void> live(Self self);
  static asio::awaitable<void> receive(Self self);
  Result<void> take(StreamProtocol& protocol, ByteView bytes);
  void refuse(const Error& error);

  asio::io_context& io_;
  const Clock& clock_;
  const config::Source config_;
  Incidents& incidents_;
  const std::function<Result<MakeProtocol>()> prepare_;
  MakeProtocol make_protocol_;
  const std::shared_ptr<Intake> intake_;
  const std::shared_ptr<Dialler> dialler_;
  std::optional<asio::ip::tcp::socket> socket_;
  std::string peer_;  // while connected
  bool stopping_ = false;
  std::string last_error_;
};

}  // namespace dl::daemon
