#include "uplink/http/bandwidth.h"

#include <algorithm>
#include <cmath>

namespace dl::uplink {
namespace {

// Long enough that a thread which wakes late finds its tokens still there, short enough that nobody sees a burst.
constexpr double kDepthSeconds = 0.1;
// One turn of one upload: short, so that a small scene beside a large one does not wait.
constexpr double kPieceSeconds = 0.02;
// Below this the overhead of a TLS record would count.
constexpr double kSmallestPieceBytes = 1024;
constexpr double kLargestPieceBytes = 64.0 * 1024;

}  // namespace

double Bandwidth::piece_bytes() const {
  return std::floor(
      std::clamp(static_cast<double>(*bytes_per_s_) * kPieceSeconds, kSmallestPieceBytes, kLargestPieceBytes));
}

double Bandwidth::depth_bytes() const {
  return std::max(static_cast<double>(*bytes_per_s_) * kDepthSeconds, piece_bytes());
}

void Bandwidth::refill() {
  const SteadyTime now = clock_.steady_now();
  const std::chrono::duration<double> passed = now - refilled_at_.value_or(now);
  refilled_at_ = now;
  if (!bytes_per_s_) return;
  available_bytes_ += passed.count() * static_cast<double>(*bytes_per_s_);
  available_bytes_ = std::min(available_bytes_, depth_bytes());
}

void Bandwidth::set_limit(std::optional<std::uint64_t> bytes_per_s) {
  {
    const std::lock_guard lock(mutex_);
    if (bytes_per_s == bytes_per_s_) return;
    refill();
    bytes_per_s_ = bytes_per_s;
    // A bucket filled, or a debt made, at another rate is no measure of this one.
    available_bytes_ = 0;
  }
  changed_.notify_all();
}

std::optional<std::uint64_t> Bandwidth::limit() const {
  const std::lock_guard lock(mutex_);
  return bytes_per_s_;
}

std::size_t Bandwidth::take(std::uint64_t ticket, std::size_t wanted) {
  if (!bytes_per_s_) return wanted;
  if (*bytes_per_s_ == 0 || !first(ticket)) return 0;
  refill();
  const double piece = std::min(static_cast<double>(wanted), piece_bytes());
  if (available_bytes_ < piece) return 0;
  available_bytes_ -= piece;
  return static_cast<std::size_t>(piece);
}

Microseconds Bandwidth::next_look(std::uint64_t ticket, std::size_t wanted, SteadyTime until) const {
  Microseconds wait = std::chrono::ceil<Microseconds>(until - clock_.steady_now());
  if (bytes_per_s_ && *bytes_per_s_ > 0 && first(ticket)) {
    const double missing = std::min(static_cast<double>(wanted), piece_bytes()) - available_bytes_;
    const std::chrono::duration<double> filling{missing / static_cast<double>(*bytes_per_s_)};
    // Compared as seconds: the time that a byte a second needs does not fit into microseconds of an integer for ever.
    if (filling < wait) wait = std::chrono::ceil<Microseconds>(filling);
  }
  return std::max(wait, Microseconds{1});
}

void Bandwidth::leave(std::uint64_t ticket) {
  line_.erase(std::find(line_.begin(), line_.end(), ticket));
  changed_.notify_all();
}

std::size_t Bandwidth::acquire(std::size_t wanted, Milliseconds patience) {
  std::unique_lock lock(mutex_);
  const SteadyTime until = clock_.steady_now() + patience;
  const std::uint64_t ticket = next_ticket_++;
  line_.push_back(ticket);
  while (true) {
    const std::size_t got = take(ticket, wanted);
    if (got > 0 || clock_.steady_now() >= until) {
      leave(ticket);
      return got;
    }
    changed_.wait_for(lock, next_look(ticket, wanted, until));
  }
}

void Bandwidth::give_back(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (bytes_per_s_) available_bytes_ += static_cast<double>(bytes);
}

void Bandwidth::spend(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (!bytes_per_s_ || *bytes_per_s_ == 0) return;
  refill();
  available_bytes_ -= static_cast<double>(bytes);
}

}  // namespace dl::uplink
