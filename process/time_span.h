// From when to when a stream of packets reaches by their own word, where some of them may tell nonsense.
#pragma once

#include <optional>
#include <vector>

#include "core/time.h"

namespace dl::process {

// A packet that no decoder knows may have another time code than its spacecraft's, or come from a clock that is not
// set. So a time counts once a second packet agrees with it; the first time that is agreed upon anchors the span.
class TimeSpan {
 public:
  // Times that lie further apart are not of one pass: the longest contacts of low orbits last a quarter of an hour.
  static constexpr Seconds kAgreement{3600};
  // Times that wait for another to agree; the oldest is forgotten.
  static constexpr std::size_t kCandidates = 64;

  void take(UtcTime time);

  // Of the agreed times; of the only one where there was just one; nothing where none was taken.
  [[nodiscard]] std::optional<UtcTime> start() const;
  [[nodiscard]] std::optional<UtcTime> end() const;

 private:
  std::vector<UtcTime> candidates_;
  std::optional<UtcTime> start_;
  std::optional<UtcTime> end_;
};

}  // namespace dl::process
