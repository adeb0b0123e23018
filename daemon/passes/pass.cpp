#include "daemon/passes/pass.h"

#include <algorithm>
#include <utility>

#include "daemon/passes/pass_manager.h"

namespace dl::daemon {
namespace {

constexpr Milliseconds kIntakeStoreInterval{5000};

}  // namespace

std::optional<std::size_t> Pass::reception_of(const std::string& source) const {
  const auto found = std::ranges::find(receptions_, source, &PassReception::source);
  if (found == receptions_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - receptions_.begin());
}

void Pass::join(std::size_t reception) {
  receptions_[reception].receiving = true;
  if (!receptions_[reception].recording) manager_.open_recording(shared_from_this(), reception);
}

std::uint32_t Pass::start_connection(std::size_t reception) {
  const std::uint32_t number = ++receptions_[reception].connections;
  if (reception > 0) return number;
  row_.connections = number;
  manager_.store(shared_from_this());
  return number;
}

void Pass::push(ByteView bytes, UtcTime received_at, recording::Verdict verdict, std::size_t reception) {
  PassReception& to = receptions_[reception];
  to.received_bytes += bytes.size();
  to.recording->push(bytes, received_at, to.connections, verdict);
}

asio::awaitable<void> Pass::room(std::size_t reception) {
  PassReception& to = receptions_[reception];
  while (!to.recording->has_room()) {
    to.waits_for_room = true;
    co_await changed_.wait();
  }
  to.waits_for_room = false;
}

void Pass::want_fill(std::uint64_t whole_bytes) {
  if (!fill_ || std::exchange(fill_->wanted, true)) return;
  // Which of several lacks something that no other has shows in the frames only.
  fill_->whole_bytes = receptions_.size() == 1 ? whole_bytes : 0;
  manager_.want_fill(shared_from_this());
  changed_.notify();
}

void Pass::count_intake(const IntakeCounters& more) {
  row_.intake += more;
  if (more.gaps_told > 0) want_fill(received_bytes());
  const SteadyTime now = manager_.clock_.steady_now();
  if (now - intake_stored_at_ < kIntakeStoreInterval) return;
  intake_stored_at_ = now;
  manager_.store(shared_from_this());
}

void Pass::end(const std::string& reason, std::size_t reception) {
  if (ending_) return;
  receptions_[reception].receiving = false;
  if (std::ranges::any_of(receptions_, &PassReception::receiving)) return changed_.notify();
  row_.end_reason = reason;
  row_.ended_at = manager_.clock_.now();
  finish_recordings();
}

void Pass::finish_recordings() {
  ending_ = true;
  for (const PassReception& one : receptions_) {
    if (one.recording) one.recording->finish();
  }
}

asio::awaitable<void> Pass::recorded(std::size_t reception) {
  // A row that still says `receiving` would have the next start continue the pass.
  const auto is_done = [&] {
    const PassReception& one = receptions_[reception];
    return ending_ ? closed_ && !storing_ && !row_changed_ : one.opened && one.synced_bytes >= one.received_bytes;
  };
  while (!is_done()) co_await changed_.wait();
}

std::uint64_t Pass::recorded_bytes() const {
  std::uint64_t sum = 0;
  for (const PassReception& one : receptions_) sum += one.synced_bytes;
  return sum;
}

std::uint64_t Pass::decoded_bytes() const {
  std::uint64_t sum = 0;
  for (std::size_t reception = 0; reception < receptions_.size(); ++reception) sum += progress.offset(reception);
  return sum;
}

bool Pass::opened() const {
  return std::ranges::all_of(receptions_, [](const PassReception& one) { return !one.recording || one.opened; });
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
