#include "daemon/ingest/intake.h"

#include <algorithm>
#include <utility>

#include "daemon/offload.h"

namespace dl::daemon {

Intake::Intake(asio::io_context& io, const Clock& clock, config::Source config, std::string station,
               PassManager& passes)
    : io_(io), clock_(clock), config_(std::move(config)), station_(std::move(station)), passes_(passes), wake_(io) {}

void Intake::start() {
  // Also when nothing can come yet: the sender may come within the idle time-out.
  auto interrupted = passes_.take_interrupted(config_.name);
  if (!interrupted) return;
  // Bytes of another form behind those that are there could not be told from them.
  const std::size_t reception = interrupted->reception_of(config_.name).value_or(0);
  if (interrupted->form(reception) != config::to_string(config_.form)) {
    return interrupted->end("form changed", reception);
  }
  receive_pass({std::move(interrupted), reception});
}

void Intake::stop() {
  stopping_ = true;
  if (pass_) passes_.leave_interrupted(std::move(pass_), config_.name);
  pass_.reset();
  wake_.notify();
}

void Intake::update(const config::Source& config) {
  config_.idle_timeout = config.idle_timeout;
  config_.allowed_peers = config.allowed_peers;
  wake_.notify();
}

void Intake::begin_connection() {
  connection_started_ = false;
}

void Intake::begin(UtcTime started_at) {
  const std::string form(config::to_string(config_.form));
  receive_pass(passes_.join({config_.name, config_.spacecraft, station_, form}, started_at));
}

void Intake::take(ByteView bytes, UtcTime received_at, recording::Verdict verdict) {
  last_data_ = clock_.steady_now();
  last_data_at_ = clock_.now();
  rate_.add(bytes.size(), last_data_);
  if (!pass_) begin(received_at);
  if (!std::exchange(connection_started_, true)) pass_->start_connection(reception_);
  pass_->push(bytes, received_at, verdict, reception_);
}

asio::awaitable<void> Intake::room() {
  const auto pass = pass_;
  if (!pass || pass->has_room(reception_)) co_return;
  co_await pass->room(reception_);
  last_data_ = clock_.steady_now();
}

void Intake::end(const std::string& reason) {
  const auto pass = std::exchange(pass_, nullptr);
  if (!pass) return;
  last_pass_bytes_ = pass->received_bytes(reception_);
  pass->end(reason, reception_);
  wake_.notify();
}

asio::awaitable<void> Intake::end_recorded(Self self, std::string reason) {
  const auto pass = self->pass_;
  if (!pass) co_return;
  const std::size_t reception = self->reception_;
  self->end(reason);
  co_await pass->recorded(reception);
}

void Intake::count(const IntakeCounters& more) {
  counters_ += more;
  if (pass_) pass_->count_intake(more);
}

void Intake::receive_pass(PassManager::Joined joined) {
  pass_ = std::move(joined.pass);
  reception_ = joined.reception;
  connection_started_ = false;
  last_data_ = clock_.steady_now();
  asio::co_spawn(io_, end_when_silent(shared_from_this(), pass_), ReportEnd{"watching for silence"});
}

asio::awaitable<void> Intake::end_when_silent(Self self, std::shared_ptr<Pass> pass) {
  while (!self->stopping_ && self->pass_ == pass) {
    const auto timeout = self->config_.idle_timeout;
    if (timeout == Milliseconds(0)) {
      co_await self->wake_.wait();
      continue;
    }
    const auto silence = self->clock_.steady_now() - self->last_data_;
    // While the recorder has no room it is us who do not read.
    if (silence >= timeout && !pass->waits_for_room(self->reception_)) {
      self->end("idle");
      co_return;
    }
    const auto left = std::chrono::ceil<Milliseconds>(timeout - silence);
    co_await self->wake_.wait_for(std::max(left, Milliseconds(10)));
  }
}

control::SourceRow Intake::row(const std::string& state_without_pass) const {
  control::SourceRow row;
  row.name = config_.name;
  row.kind = config::to_string(config_.kind);
  row.spacecraft = config_.spacecraft;
  row.state = pass_ ? "receiving" : state_without_pass;
  row.pass_id = pass_ ? pass_->id() : "";
  row.bytes = pass_ ? pass_->received_bytes(reception_) : last_pass_bytes_;
  row.rate_bytes_per_s = rate_.bytes_per_s(clock_.steady_now());
  row.last_data_at = last_data_at_;
  row.intake = counters_;
  return row;
}

}  // namespace dl::daemon
