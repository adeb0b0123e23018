#include "tools/downlink-sim/feed.h"

#include <algorithm>
#include <thread>

namespace dl::sim {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::size_t kPieceBytes = 64U << 10;

}  // namespace

Feed::Feed(ByteView bytes, const SendOptions& options) : bytes_(bytes), options_(options) {
  rewind();
}

void Feed::rewind() {
  cuts_ = options_.cuts;
  std::ranges::sort(cuts_);
  std::erase_if(cuts_, [this](std::uint64_t cut) { return cut == 0 || cut >= bytes_.size(); });
  position_ = 0;
  paused_ = false;
  start_ = SteadyClock::now();
}

ByteView Feed::next(std::size_t most_bytes) {
  wait_until_due();
  std::size_t end = std::min(bytes_.size(), position_ + most_bytes);
  if (!cuts_.empty()) end = std::min<std::size_t>(end, cuts_.front());
  // Not past a pause that is to come: wait_until_due() holds it when we are there.
  if (options_.pause_at && !paused_) end = std::min<std::size_t>(end, *options_.pause_at);
  const ByteView piece = bytes_.subspan(position_, end - position_);
  position_ = end;
  return piece;
}

ByteView Feed::next_unit() {
  wait_until_due();
  std::size_t end = std::min(bytes_.size(), position_ + options_.unit_bytes);
  if (!cuts_.empty()) end = std::min<std::size_t>(end, cuts_.front());
  const ByteView unit = bytes_.subspan(position_, end - position_);
  position_ = end;
  return unit.subspan(std::min(unit.size(), options_.skip_bytes));
}

bool Feed::pass_cut() {
  if (cuts_.empty() || cuts_.front() != position_) return false;
  cuts_.erase(cuts_.begin());
  return true;
}

void Feed::align() {
  const std::size_t begun = position_ % options_.unit_bytes;
  if (begun != 0) position_ = std::min(bytes_.size(), position_ + options_.unit_bytes - begun);
}

std::size_t Feed::piece_bytes() const {
  if (options_.rate_bits_per_s <= 0) return kPieceBytes;
  // About 50 a second.
  return std::clamp<std::size_t>(static_cast<std::size_t>(options_.rate_bits_per_s / 8 / 50), 256, kPieceBytes);
}

void Feed::wait_until_due() {
  if (options_.pause_at && !paused_ && position_ >= *options_.pause_at) {
    paused_ = true;
    const std::chrono::milliseconds pause(options_.pause_ms);
    std::this_thread::sleep_for(pause);
    start_ += pause;
  }
  if (options_.rate_bits_per_s <= 0) return;
  const std::chrono::duration<double> due(static_cast<double>(position_) * 8 / options_.rate_bits_per_s);
  std::this_thread::sleep_until(start_ + std::chrono::duration_cast<SteadyClock::duration>(due));
}

}  // namespace dl::sim
