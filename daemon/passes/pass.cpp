#include "daemon/passes/pass.h"

#include "daemon/passes/pass_manager.h"

namespace dl::daemon {
namespace {

constexpr Milliseconds kIntakeStoreInterval{5000};

}  // namespace

std::uint32_t Pass::start_connection() {
  ++row_.connections;
  manager_.store(shared_from_this());
  return row_.connections;
}

void Pass::push(ByteView bytes, UtcTime received_at, recording::Verdict verdict) {
  received_bytes_ += bytes.size();
  recording_->push(bytes, received_at, row_.connections, verdict);
}

asio::awaitable<void> Pass::room() {
  while (!recording_->has_room()) {
    waits_for_room_ = true;
    co_await changed_.wait();
  }
  waits_for_room_ = false;
}

void Pass::count_intake(const IntakeCounters& more) {
  row_.intake += more;
  const SteadyTime now = manager_.clock_.steady_now();
  if (now - intake_stored_at_ < kIntakeStoreInterval) return;
  intake_stored_at_ = now;
  manager_.store(shared_from_this());
}

void Pass::end(const std::string& reason) {
  if (ending_) return;
  ending_ = true;
  row_.end_reason = reason;
  row_.ended_at = manager_.clock_.now();
  recording_->finish();
}

asio::awaitable<void> Pass::recorded() {
  // A row that still says `receiving` would have the next start continue the pass.
  while (!closed_ || storing_ || row_changed_) co_await changed_.wait();
}

void Pass::count_process_start() {
  ++row_.process_starts;
  manager_.store(shared_from_this());
}

void Pass::rebind(const std::string& spacecraft) {
  row_.spacecraft = spacecraft;
  manager_.store(shared_from_this());
}

void Pass::count_process_crash() {
  ++row_.process_crashes;
  manager_.store(shared_from_this());
}

}  // namespace dl::daemon
