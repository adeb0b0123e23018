// A receiver connects and sends raw bits. One pass per connection: an orderly end of the stream ends the pass.
//
// A connection that ends otherwise (reset, our own restart) leaves the pass open: the next one continues it, until
// the idle time-out. We close our end only when the last byte is on the disk, so a sender that shuts down its
// sending side and reads to the end knows that its pass is safe; after a reset it must send again.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "config/config.h"
#include "daemon/ingest/intake.h"
#include "daemon/ingest/source.h"
#include "daemon/ingest/unit_stream.h"

namespace dl::daemon {

struct TcpListenOptions {
  // A connection that was silent for so long is taken for dead when another one comes.
  Milliseconds silence_of_dead{3000};
  // Called by start(): what the bytes are. A connection that breaks within a unit must not shift the next one.
  std::function<Result<Unit>()> find_unit = [] { return Unit(link::InputForm::bits, 0); };
};

class TcpListenSource final : public Source, public std::enable_shared_from_this<TcpListenSource> {
 public:
  // Everything referred to must outlive the source.
  TcpListenSource(asio::io_context& io, const Clock& clock, config::Source config, std::string station,
                  PassManager& passes, Incidents& incidents, TcpListenOptions options = {});

  Result<void> start() override;
  void stop() override;
  void update(const config::Source& config) override;
  [[nodiscard]] control::SourceRow status() const override;

  // As bound: the port that the system chose when 0 was configured.
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Result<void> listen();
  struct Connection;
  using Self = std::shared_ptr<TcpListenSource>;

  static asio::awaitable<void> accept_connections(Self self);
  static asio::awaitable<void> receive(Self self, std::shared_ptr<Connection> connection);

  void admit(asio::ip::tcp::socket socket);
  bool displaces_the_active_one();
  void take(Connection& connection, ByteView bytes);
  void count_cut(Connection& connection);
  void refuse(asio::ip::tcp::socket& socket, const std::string& kind, const std::string& message,
              const std::string& action);

  asio::io_context& io_;
  const Clock& clock_;
  config::Source config_;
  Incidents& incidents_;
  const TcpListenOptions options_;

  const std::shared_ptr<Intake> intake_;
  asio::ip::tcp::acceptor acceptor_;
  Signal wake_;
  Unit unit_{link::InputForm::bits, 0};
  std::uint16_t port_ = 0;
  bool stopping_ = false;
  bool ever_connected_ = false;
  std::shared_ptr<Connection> active_;  // the one connection that is read
  std::uint64_t peers_refused_ = 0;
  std::string last_error_;
};

}  // namespace dl::daemon
