#include "spool/space.h"

#include <algorithm>
#include <cassert>

#include "core/file.h"

namespace dl::spool {

std::string_view to_string(SpaceState state) {
  switch (state) {
    case SpaceState::ok:
      return "ok";
    case SpaceState::low:
      return "low";
    case SpaceState::critical:
      return "critical";
  }
  assert(false);
  return "";
}

SpaceState space_state(std::uint64_t available_bytes, const SpaceThresholds& thresholds) {
  if (available_bytes < thresholds.stop_recording_below_bytes) return SpaceState::critical;
  if (available_bytes < thresholds.stop_scenes_below_bytes) return SpaceState::low;
  return SpaceState::ok;
}

SpaceState SpaceGuard::update(std::uint64_t available_bytes) {
  const auto with_margin = [](std::uint64_t bytes) { return bytes + bytes / 4; };
  const SpaceState entering = space_state(available_bytes, thresholds_);
  const SpaceState leaving = space_state(available_bytes, {with_margin(thresholds_.stop_scenes_below_bytes),
                                                           with_margin(thresholds_.stop_recording_below_bytes)});
  // Between the two thresholds of a step the state stays; `leaving` is never better than `entering`.
  state_ = std::clamp(state_, entering, leaving);
  return state_;
}

Result<SpaceState> SpaceGuard::update(const Layout& layout) {
  DL_TRY(const std::uint64_t available, available_bytes(layout.root));
  return update(available);
}

}  // namespace dl::spool
