#include <array>
#include <cassert>

#include "spool/journal_implementation.h"

namespace dl::spool {

namespace {

// In the order of the enumerators. These names are in journals on disk: never change one.
constexpr std::array<std::string_view, 4> kPassStates = {"receiving", "ended", "processed", "failed"};
constexpr std::array<std::string_view, 3> kSceneStates = {"spooled", "delivered", "dropped"};
constexpr std::array<std::string_view, 5> kDeliveryStates = {"queued", "uploading", "confirmed", "parked", "dropped"};
constexpr std::array<std::string_view, 3> kAnnouncementStates = {"pending", "sent", "parked"};
// Not in journals: there the number stands, so the order must not change either.
constexpr std::array<std::string_view, 5> kDeliveryClasses = {"event", "preview", "scene", "level-0", "raw"};

template <class State, std::size_t count>
State state_from(const std::array<std::string_view, count>& names, std::string_view name) {
  for (std::size_t i = 0; i < count; ++i) {
    if (names[i] == name) return static_cast<State>(i);
  }
  assert(false);
  return State{};
}

}  // namespace

std::string_view to_string(PassState state) {
  return kPassStates.at(static_cast<std::size_t>(state));
}
std::string_view to_string(SceneState state) {
  return kSceneStates.at(static_cast<std::size_t>(state));
}
std::string_view to_string(DeliveryState state) {
  return kDeliveryStates.at(static_cast<std::size_t>(state));
}
std::string_view to_string(AnnouncementState state) {
  return kAnnouncementStates.at(static_cast<std::size_t>(state));
}
std::string_view to_string(DeliveryClass delivery_class) {
  return kDeliveryClasses.at(static_cast<std::size_t>(delivery_class));
}

PassState pass_state(std::string_view name) {
  return state_from<PassState>(kPassStates, name);
}
SceneState scene_state(std::string_view name) {
  return state_from<SceneState>(kSceneStates, name);
}
DeliveryState delivery_state(std::string_view name) {
  return state_from<DeliveryState>(kDeliveryStates, name);
}
AnnouncementState announcement_state(std::string_view name) {
  return state_from<AnnouncementState>(kAnnouncementStates, name);
}

}  // namespace dl::spool
