// The lines that downlinkd and downlink-process exchange: docs/formats/process-messages.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/error.h"
#include "daemon/supervisor/crash_history.h"

namespace dl::daemon {

// A longer line ends the child: a report of a long pass is far below.
inline constexpr std::size_t kMessageLimitBytes = 16U << 20;

// Of arrays and objects in one message; a report needs fewer than ten.
inline constexpr unsigned kMostNestedLevels = 64;

// A reception beside the pass's own.
struct OtherReception {
  std::string folder;  // in that of the pass
  std::string form;
  std::vector<Stretch> quarantine;
};

// The first message.
struct StartMessage {
  std::vector<std::string> skip;  // scenes that are committed
  std::vector<Stretch> quarantine;
  std::string form = {};  // of the pass's own reception; empty: its folder says it
  std::vector<OtherReception> receptions = {};
  bool stop_at_gap = false;  // frames that are missing will perhaps be fetched
  bool complete = false;     // all receptions are recorded to their end
};
std::string format_start(const StartMessage& start);
std::string format_recorded(std::uint64_t bytes, std::size_t reception = 0);
std::string format_end(std::uint64_t bytes, std::size_t reception = 0);
// Behind so many bytes something is missing: the process ends there as at a gap that it finds.
std::string format_gap(std::uint64_t bytes);

struct ProgressMessage {
  std::size_t reception = 0;  // that the offset is in
  std::uint64_t offset = 0, frames = 0, frames_lost = 0, symbols_corrected = 0, packets = 0, lines = 0;
  bool lock = false;
};
struct SceneMessage {
  std::string id;  // fit for a file name
};
struct IncidentMessage {
  std::string kind, subject, message, action;
};
// The pass is decoded as another spacecraft than it was started with.
struct RebindMessage {
  std::string spacecraft;  // fit for the name of a link profile
  std::string instead_of, seen;
};
// Frames are missing behind what has been made; the process ends.
struct GapMessage {};
struct ReportMessage {
  std::string report_json;
};
struct UnknownMessage {};
using ProcessMessage = std::variant<ProgressMessage, SceneMessage, IncidentMessage, RebindMessage, GapMessage,
                                    ReportMessage, UnknownMessage>;

// Kind corrupt when it is no message, nests too deep, or a member that it must have is missing or of another type.
Result<ProcessMessage> parse_process_message(std::string_view line);

}  // namespace dl::daemon
