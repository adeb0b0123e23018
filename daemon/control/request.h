// What a client of the control socket may ask for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/time.h"

namespace dl::control {

// A longer request line is refused and the connection closed.
inline constexpr std::size_t kRequestSizeLimitBytes = 16U << 10;

inline constexpr std::uint32_t kRowLimitDefault = 50;
inline constexpr std::uint32_t kRowLimitMax = 10'000;
inline constexpr Milliseconds kWaitTimeoutMax{24 * 3600 * 1000};
inline constexpr Milliseconds kOverrideMax{30LL * 24 * 3600 * 1000};

enum class Command {
  status,
  sources,
  passes,
  pass,
  scenes,
  deliveries,
  hold,
  release,
  retry,
  prioritise,
  drop,
  bandwidth,
  bandwidth_set,
  destinations,
  outbox,
  verify,
  retention,
  incidents,
  close,
  wait
};

// idle: nothing is received or decoded. drained: idle, and every delivery confirmed, parked or held, every announcement
// sent or parked.
enum class WaitCondition { idle, drained };

std::string_view to_string(Command command);
std::string_view to_string(WaitCondition condition);

// Which deliveries, narrowed by everything that is set; or an event of the outbox.
struct Selection {
  std::int64_t delivery = 0;  // 0: any
  std::string scene_id;
  std::string pass_id;
  std::string destination;
  std::int64_t event = 0;  // release: this parked event, and no delivery
  bool everything = false;

  [[nodiscard]] bool empty() const {
    return delivery == 0 && scene_id.empty() && pass_id.empty() && destination.empty() && event == 0 && !everything;
  }
};

// "scene 'x' at destination 'archive'", "everything": for people.
std::string to_text(const Selection& selection);

struct Request {
  Command command = Command::status;
  std::string pass_id;                     // pass (needed), scenes
  std::uint32_t limit = kRowLimitDefault;  // of rows, the newest
  bool all = false;                        // deliveries: finished ones too; incidents: closed ones too
  Selection selection;         // hold, release, retry, prioritise, drop: one is needed; deliveries, verify: may narrow
  std::string state;           // deliveries: only those
  bool urgent = true;          // prioritise; false takes it back
  std::string delivery_class;  // drop: only scenes of that class, "level_0"
  std::string reason;          // drop: for the record
  bool dry_run = true;         // drop, retention: only tell what would go
  std::string rate;            // bandwidth_set: a rate, or "timetable" to take the operator's word back
  Milliseconds duration{};     // bandwidth_set: how long it holds; 0: until it is taken back
  bool remote = false;         // verify: ask the destinations too
  bool unsent = false;         // outbox: only what was not sent
  std::int64_t incident_id = 0;                   // close
  WaitCondition condition = WaitCondition::idle;  // wait
  Milliseconds timeout{};                         // wait, verify
};

// `line` without the line feed. Kind config on anything that is not a request: what was expected stands in the message.
Result<Request> parse_request(std::string_view line);
// With the line feed.
std::string format_request(const Request& request);

}  // namespace dl::control
