// Connects to a receiver, again and again, without hammering at it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/config.h"
#include "daemon/incidents.h"
#include "daemon/ingest/tcp_socket.h"
#include "daemon/signal.h"
#include "uplink/delivery/retry.h"

namespace dl::daemon {

// Lives on the io thread, held by shared_ptr, owned by one source. Every wait is random between nothing and a bound
// that doubles up to reconnect_delay_max (full jitter), and short again once the source has said worked().
class Dialler final : public std::enable_shared_from_this<Dialler> {
 public:
  using Socket = asio::ip::tcp::socket;
  // How long a receiver cannot be reached before the operator is told: many are switched on for passes only.
  static constexpr Milliseconds kPatience{60'000};

  // `source` names it in incidents. Everything referred to must outlive it.
  Dialler(asio::io_context& io, const Clock& clock, const config::Source& source, Incidents& incidents,
          Milliseconds patience = kPatience);

  // A connection, as soon as there is one; every address of the name is tried. Nothing when stop() was called. A peer
  // that vanishes without a word is noticed within half a minute.
  static asio::awaitable<std::optional<Socket>> connect(std::shared_ptr<Dialler> self);
  // The connection has brought data: the next waits begin short.
  void worked() { backoff_.succeeded(); }
  void stop();
  void update(const config::Source& source);

  // Why there is no connection; empty while there is one.
  [[nodiscard]] const std::string& last_error() const { return last_error_; }
  [[nodiscard]] bool connected_before() const { return connections_ > 1; }

 private:
  using Self = std::shared_ptr<Dialler>;
  static asio::awaitable<Result<Socket>> dial(Self self);
  static asio::awaitable<Result<Socket>> dial_one(Self self, asio::ip::tcp::endpoint endpoint);
  void note_failure(const Error& error);

  asio::io_context& io_;
  const Clock& clock_;
  const std::string source_;
  const config::HostPort peer_;
  Incidents& incidents_;
  const Milliseconds patience_;
  asio::ip::tcp::resolver resolver_;
  std::optional<Socket> dialling_;
  Signal wake_;
  uplink::Backoff backoff_;
  bool stopping_ = false;
  bool told_ = false;
  std::uint64_t connections_ = 0;
  std::uint64_t attempts_ = 0;
  std::optional<SteadyTime> unreachable_since_;
  std::string last_error_;
};

}  // namespace dl::daemon
