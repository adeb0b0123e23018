// The line to downlinkd: JSON lines over an inherited socket (docs/formats/process-messages.md).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"

namespace dl::process {

struct Stretch {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

// A reception of the pass beside its first one.
struct OtherReception {
  std::string folder;  // in that of the recording
  std::string form;    // of its bytes (recording/form_file.h)
  std::vector<Stretch> quarantine;
};

// One message of downlinkd; which members count depends on the type.
struct ControlMessage {
  enum class Type { start, recorded, end, gap };
  Type type = Type::recorded;
  std::uint64_t bytes = 0;                 // recorded, end, gap
  std::size_t reception = 0;               // recorded, end: 0 is the pass's own, the others count as `receptions` do
  std::vector<std::string> skip;           // start: ids of scenes that are committed already
  std::vector<Stretch> quarantine;         // start
  std::string form;                        // start: of the pass's own reception; empty: its folder says it
  std::vector<OtherReception> receptions;  // start
  bool stop_at_gap = false;                // start: frames that are missing will perhaps be fetched
  bool complete = false;                   // start: all receptions are recorded to their end
};

struct Progress {
  std::size_t reception = 0;
  std::uint64_t offset = 0;  // in that reception
  std::uint64_t frames = 0;
  std::uint64_t frames_lost = 0;
  std::uint64_t packets = 0;
  std::uint64_t lines = 0;
  std::uint64_t symbols_corrected = 0;
  bool lock = false;
};

// Blocking; one thread.
class ControlChannel {
 public:
  explicit ControlChannel(int descriptor) : descriptor_(descriptor) {}

  // The next message. Waits up to `timeout_ms` (-1: for ever) and gives nullopt when none came. Kind cancelled when
  // downlinkd has closed its end, corrupt when a line is no message; unknown types are passed over.
  Result<std::optional<ControlMessage>> receive(int timeout_ms);

  Result<void> send_progress(const Progress& progress);
  Result<void> send_scene(const std::string& scene_id);
  Result<void> send_incident(const std::string& kind, const std::string& subject, const std::string& message,
                             const std::string& action);
  // The pass is decoded as the spacecraft `spacecraft`, a link profile, and not as `instead_of`; `seen` says whose
  // frames were found.
  Result<void> send_rebind(const std::string& spacecraft, const std::string& instead_of, const std::string& seen);
  // Frames are missing behind what has been made, and are to be fetched first.
  Result<void> send_gap();
  // `report_json`: the text of the report object.
  Result<void> send_report(const std::string& report_json);

 private:
  Result<void> send_line(std::string line);
  Result<bool> fill(int timeout_ms);

  int descriptor_;
  std::string received_;
};

}  // namespace dl::process
