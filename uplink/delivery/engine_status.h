// What an operator is told of a destination's or publisher's engine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"
#include "uplink/delivery/gate.h"

namespace dl::uplink {

enum class EngineState {
  idle,  // nothing waits
  working,
  waiting,  // for the next attempt
  blocked,  // refused: needs the operator; probed now and then
  held,     // an operator or a pass keeps it from sending
};
std::string_view to_string(EngineState state);

struct EngineStatus {
  EngineState state = EngineState::idle;
  std::optional<UtcTime> next_attempt_at;
  std::string last_error;  // empty after a success
  BreakerState breaker = BreakerState::closed;
  std::uint32_t failures = 0;     // in a row
  std::uint32_t active = 0;       // uploads under way
  double retry_budget = 1;        // 0: retries have to wait (uplink/delivery/retry_budget.h)
  std::uint64_t bytes_per_s = 0;  // acknowledged over the last minute; 0 for publishers
};

}  // namespace dl::uplink
