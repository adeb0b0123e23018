#include "process/time_span.h"

#include <algorithm>

namespace dl::process {
namespace {

bool agree(UtcTime a, UtcTime b) {
  return std::chrono::abs(a - b) <= TimeSpan::kAgreement;
}

}  // namespace

void TimeSpan::take(UtcTime time) {
  if (start_) {
    if (!agree(time, *start_) && !agree(time, *end_)) return;
    start_ = std::min(*start_, time);
    end_ = std::max(*end_, time);
    return;
  }
  const auto other = std::ranges::find_if(candidates_, [time](UtcTime candidate) { return agree(candidate, time); });
  if (other != candidates_.end()) {
    start_ = std::min(*other, time);
    end_ = std::max(*other, time);
    return;
  }
  if (candidates_.size() == kCandidates) candidates_.erase(candidates_.begin());
  candidates_.push_back(time);
}

std::optional<UtcTime> TimeSpan::start() const {
  if (start_) return start_;
  return candidates_.size() == 1 ? std::optional(candidates_.front()) : std::nullopt;
}

std::optional<UtcTime> TimeSpan::end() const {
  return end_ ? end_ : start();
}

}  // namespace dl::process
