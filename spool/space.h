// What the station still does when the disk fills up. The recording is the last thing to stop.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/error.h"
#include "spool/layout.h"

namespace dl::spool {

enum class SpaceState {
  ok,
  low,       // no new scenes: processing waits, the recording can be processed later
  critical,  // recording stops too: what is on disk stays whole
};
std::string_view to_string(SpaceState state);

struct SpaceThresholds {
  std::uint64_t stop_scenes_below_bytes = 0;
  std::uint64_t stop_recording_below_bytes = 0;  // expected to be the smaller one
};

// Without memory: the state that `available_bytes` alone asks for.
SpaceState space_state(std::uint64_t available_bytes, const SpaceThresholds& thresholds);

// With hysteresis: gets worse at once, gets better only when there is a quarter more room than the threshold, so
// that a disk at the edge does not open and close an incident with every chunk. Not for use by two threads.
class SpaceGuard {
 public:
  explicit SpaceGuard(const SpaceThresholds& thresholds) : thresholds_(thresholds) {}
  // The state after seeing `available_bytes`.
  SpaceState update(std::uint64_t available_bytes);
  // The same with what the file system that holds the spool says. Kind io; the state is then as it was.
  Result<SpaceState> update(const Layout& layout);
  [[nodiscard]] SpaceState state() const { return state_; }

 private:
  SpaceThresholds thresholds_;
  SpaceState state_ = SpaceState::ok;
};

}  // namespace dl::spool
