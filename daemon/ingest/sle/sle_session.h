// One connection to an SLE provider, from BIND to its end: carries bytes between the socket and link/sle.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "core/clock.h"
#include "daemon/signal.h"
#include "link/sle/user.h"

namespace dl::daemon {

// Lives on the io thread, held by shared_ptr.
class SleSession final : public std::enable_shared_from_this<SleSession> {
 public:
  struct Handlers {
    // In the order in which they came; views in them are valid during the call.
    std::function<void(std::span<const link::sle::UserEvent>)> take;
    // Returns when more may be taken. Until then nothing is read, so that the provider waits.
    std::function<asio::awaitable<void>()> room;
  };

  // `clock` must outlive the session.
  SleSession(asio::io_context& io, const Clock& clock, asio::ip::tcp::socket socket, link::sle::UserOptions options);

  // Returns when the connection is closed, with why. `handlers` are not called any more then.
  static asio::awaitable<link::sle::Ended> run(std::shared_ptr<SleSession> self, link::sle::TimeRange range,
                                               Handlers handlers);

  // STOP, UNBIND and the end; the connection is cut when that takes longer than `patience`.
  void finish(link::sle::UnbindReason reason, Milliseconds patience);

 private:
  using Self = std::shared_ptr<SleSession>;
  static asio::awaitable<void> pump(Self self);
  static asio::awaitable<void> read(Self self, const Handlers& handlers);
  // False when there was nothing to read.
  bool read_some(std::span<Byte> buffer, error_code error);
  [[nodiscard]] link::sle::Now now() const { return {clock_.now(), clock_.steady_now()}; }
  // Of what the user has made: bytes to the outbox, the end noted.
  void settle();
  void tick();
  [[nodiscard]] Milliseconds until_next_tick() const;
  void close();

  const Clock& clock_;
  asio::ip::tcp::socket socket_;
  link::sle::User user_;
  link::sle::UserOutput out_;
  Bytes outbox_;
  Signal wake_;
  std::optional<link::sle::Ended> ended_;
  std::optional<SteadyTime> give_up_at_;
  bool reading_ = true;
  bool pumping_ = false;
};

}  // namespace dl::daemon
