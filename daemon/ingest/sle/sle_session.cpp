#include "daemon/ingest/sle/sle_session.h"

#include <algorithm>
#include <random>
#include <utility>

#include "daemon/offload.h"

namespace dl::daemon {
namespace {

namespace sle = link::sle;

constexpr std::size_t kReadBytes = 256U << 10;
// Without a deadline: looks again now and then, for a clock that was slow to tell.
constexpr Milliseconds kLongestWait{60'000};

}  // namespace

SleSession::SleSession(asio::io_context& io, const Clock& clock, asio::ip::tcp::socket socket, sle::UserOptions options)
    : clock_(clock),
      socket_(std::move(socket)),
      user_(std::move(options), [] { return std::random_device()(); }),
      wake_(io) {}

asio::awaitable<sle::Ended> SleSession::run(Self self, sle::TimeRange range, Handlers handlers) {
  error_code ignored;
  self->socket_.non_blocking(true, ignored);
  self->socket_.set_option(asio::socket_base::out_of_band_inline(true), ignored);
  self->user_.connected(range, self->now(), self->out_);
  self->settle();
  self->pumping_ = true;
  // Awaited by itself: g++ 12 destroys the temporaries of an awaiting expression twice.
  const auto executor = co_await asio::this_coro::executor;
  asio::co_spawn(executor, pump(self), ReportEnd{"talking to an SLE provider"});
  co_await read(self, handlers);
  self->wake_.notify();
  while (self->pumping_) co_await self->wake_.wait();
  co_return *self->ended_;
}

asio::awaitable<void> SleSession::read(Self self, const Handlers& handlers) {
  Bytes buffer(kReadBytes);
  while (!self->ended_) {
    error_code error;
    co_await self->socket_.async_wait(asio::socket_base::wait_read, asio::redirect_error(asio::use_awaitable, error));
    if (self->ended_) break;  // by the clock
    if (!self->read_some(buffer, error)) continue;
    handlers.take(self->out_.events);
    self->settle();
    if (self->ended_) break;
    self->reading_ = false;
    co_await handlers.room();
    self->reading_ = true;
  }
}

// A peer that aborts sends the diagnostic as urgent data (CCSDS 913.1-B-2 3.3.4.2.7). It is read in line: reading stops
// in front of it, and there the socket tells.
bool SleSession::read_some(std::span<Byte> buffer, error_code error) {
  error_code ignored;
  const bool at_urgent_byte = !error && socket_.at_mark(ignored);
  const std::size_t most = at_urgent_byte ? 1 : buffer.size();
  const std::size_t count = error ? 0 : socket_.read_some(asio::buffer(buffer.data(), most), error);
  if (error == asio::error::would_block) return false;
  if (error) {
    user_.connection_lost(error == asio::error::eof ? "the provider has closed it" : error.message(), {}, out_);
  } else if (at_urgent_byte) {
    user_.connection_lost("the provider has aborted", buffer[0], out_);
  } else {
    user_.receive(buffer.first(count), now(), out_);
  }
  return true;
}

asio::awaitable<void> SleSession::pump(Self self) {
  while (true) {
    if (!self->outbox_.empty() && self->socket_.is_open()) {
      const Bytes sending = std::exchange(self->outbox_, {});
      error_code error;
      // A failure shows when reading, too.
      co_await asio::async_write(self->socket_, asio::buffer(sending),
                                 asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    if (self->ended_) break;
    co_await self->wake_.wait_for(self->until_next_tick());
    self->tick();
  }
  self->close();
  self->pumping_ = false;
  self->wake_.notify();
}

void SleSession::tick() {
  if (ended_) return;
  if (give_up_at_ && clock_.steady_now() >= *give_up_at_) {
    user_.connection_lost("it was not unbound in time", {}, out_);
  } else {
    user_.tick(now(), reading_, out_);
  }
  settle();
  // Ends the read that waits.
  if (ended_) close();
}

Milliseconds SleSession::until_next_tick() const {
  SteadyTime next = clock_.steady_now() + kLongestWait;
  if (const auto deadline = user_.next_deadline()) next = std::min(next, *deadline);
  if (give_up_at_) next = std::min(next, *give_up_at_);
  return std::max(std::chrono::ceil<Milliseconds>(next - clock_.steady_now()), Milliseconds(1));
}

void SleSession::settle() {
  outbox_.insert(outbox_.end(), out_.send.begin(), out_.send.end());
  if (!out_.events.empty()) {
    if (auto* ended = std::get_if<sle::Ended>(&out_.events.back())) ended_ = std::move(*ended);
  }
  out_.clear();
  wake_.notify();
}

void SleSession::finish(sle::UnbindReason reason, Milliseconds patience) {
  if (ended_) return;
  give_up_at_ = clock_.steady_now() + patience;
  user_.finish(reason, now(), out_);
  // Called out of take() the events of the same bytes are settled by the reader.
  outbox_.insert(outbox_.end(), out_.send.begin(), out_.send.end());
  out_.send.clear();
  wake_.notify();
}

// CCSDS 913.1-B-2 3.3.4.2.7: the diagnostic of an abort goes as urgent data, and nothing after it.
void SleSession::close() {
  if (!socket_.is_open()) return;
  error_code ignored;
  if (ended_ && ended_->abort) {
    socket_.send(asio::buffer(&*ended_->abort, 1), asio::socket_base::message_out_of_band, ignored);
  }
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
  socket_.close(ignored);
}

}  // namespace dl::daemon
