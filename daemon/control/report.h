// What downlinkctl can show: one plain struct per report. They are the contract of the command line: the table and the
// JSON of a report are two renderings of the same fields (daemon/control/fields.h lists them once).
// Sizes in bytes, times UTC; an absent optional means "not known" or "does not apply". Filled by downlinkd.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/intake_counters.h"
#include "core/time.h"
#include "daemon/control/delivery_report.h"

namespace dl::control {

struct SourceRow {
  std::string name;
  std::string kind;             // "tcp-listen", "file"
  std::string address;          // as bound, "127.0.0.1:4935", or the file's path
  std::string spacecraft;       // link profile
  std::string state;            // "listening", "receiving", "finished", "failed"
  std::string pass_id;          // while receiving
  std::string peer;             // "192.0.2.7:50312", while connected
  std::uint64_t bytes = 0;      // of the current pass, or of the last one
  double rate_bytes_per_s = 0;  // over the last seconds
  std::optional<UtcTime> last_data_at;
  std::uint64_t peers_refused = 0;  // connections of peers that are not on the allow-list
  std::string last_error;
  IntakeCounters intake;  // since the source was started; a row of its own in reports
};

// What happened to a source's bytes before the recording.
struct IntakeRow {
  std::string source;
  IntakeCounters counters;
};

// A pass that is being received or decoded.
struct ActivePassRow {
  std::string id;
  std::string source;
  std::string spacecraft;
  std::string state;  // "receiving", "ended" (recorded whole, being decoded or waiting for it)
  bool lock = false;  // of the frame synchronizer
  std::uint64_t bytes_recorded = 0;
  std::uint64_t bytes_processed = 0;
  std::uint64_t frames = 0;
  std::uint64_t frames_lost = 0;
  std::uint64_t symbols_corrected = 0;
  std::uint64_t packets = 0;
  std::uint64_t lines = 0;
  std::uint64_t scenes = 0;
  std::uint32_t process_starts = 0;
  std::uint32_t process_crashes = 0;
};

struct DestinationRow {
  std::string name;
  std::string kind;      // "directory", "gcs", "s3", "azure", "sftp"
  std::string location;  // path, or "gs://bucket/prefix"
  std::string state;     // "idle", "working", "waiting" (for the next attempt), "blocked" (needs the operator),
                         // "held" (by the operator or a pass), "unconfigured" (work waits for a name that is not in the
                         // configuration)
  std::uint64_t queued = 0;
  std::uint64_t uploading = 0;
  std::uint64_t parked = 0;
  std::uint64_t confirmed = 0;
  std::uint64_t bytes_waiting = 0;
  std::optional<UtcTime> next_attempt_at;
  std::string last_error;
};

// The outbox of one publisher.
struct PublisherRow {
  std::string name;
  std::string kind;      // "journal", "pubsub", "webhook"
  std::string location;  // path, "projects/P/topics/T", or the address without its query
  std::uint64_t pending = 0;
  std::uint64_t parked = 0;
  std::uint64_t sent = 0;
  std::optional<UtcTime> next_attempt_at;
  std::string last_error;
};

struct SpaceStatus {
  std::string directory;
  std::string state;  // "ok", "scenes_stopped", "recording_stopped"
  std::uint64_t available_bytes = 0;
  std::uint64_t stop_scenes_below_bytes = 0;
  std::uint64_t stop_recording_below_bytes = 0;
};

// Which calibration passes are begun with.
struct TablesStatus {
  std::string sha256;  // of the set in force; empty: none, passes read the installed tables as they are
  std::optional<UtcTime> since;
  std::uint64_t rows = 0;
  std::string problem;  // why what is in the folders now is not in force; empty: it is
};

struct IncidentRow {
  std::int64_t id = 0;
  std::string kind;
  std::string subject;
  std::string message;  // what happened
  std::string action;   // what the operator can do
  std::uint64_t count = 1;
  UtcTime opened_at{};
  UtcTime last_seen_at{};
  std::optional<UtcTime> closed_at;
};

struct StatusReport {
  std::string version;
  std::string kernel;  // which instructions the link's hot loops use: "scalar", "avx2", "avx512_gfni"
  std::string station;
  std::string state;  // "running", "draining"
  std::int64_t pid = 0;
  UtcTime now{};
  UtcTime started_at{};
  std::string config_file;
  std::optional<UtcTime> config_loaded_at;
  SpaceStatus space;
  TablesStatus tables;
  std::vector<SourceRow> sources;
  std::vector<ActivePassRow> passes;
  std::uint64_t passes_total = 0;
  std::uint64_t scenes_spooled = 0;  // not yet delivered everywhere
  std::uint64_t scenes_delivered = 0;
  std::vector<DestinationRow> destinations;
  std::vector<PublisherRow> publishers;
  std::vector<IncidentRow> incidents;  // open ones
};

struct SourcesReport {
  UtcTime now{};
  std::vector<SourceRow> sources;
  std::vector<IntakeRow> intake;  // since the start, of every source
};

struct PassRow {
  std::string id;
  std::string source;
  std::string spacecraft;
  std::string station;
  std::string state;  // "receiving", "ended", "processed", "failed"
  UtcTime started_at{};
  std::optional<UtcTime> ended_at;
  std::string end_reason;  // "eof", "idle", "shutdown"
  std::uint64_t bytes_recorded = 0;
  std::uint32_t connections = 0;
  std::uint64_t scenes = 0;
  std::uint32_t process_starts = 0;
  std::uint32_t process_crashes = 0;
};

struct PassesReport {
  UtcTime now{};
  std::vector<PassRow> passes;  // newest first
};

struct SceneRow {
  std::string id;
  std::string pass_id;
  std::string platform;
  std::string instrument;
  std::string state;  // "spooled", "delivered", "dropped"
  std::string sensing_start;
  std::string sensing_end;
  std::uint64_t assets = 0;
  std::uint64_t size_bytes = 0;
  std::string object_prefix;
  std::string directory;
  UtcTime committed_at{};
  std::optional<UtcTime> delivered_at;
  std::optional<UtcTime> dropped_at;      // since then there is no folder
  std::string drop_reason;                // of one that was dropped undelivered
  std::optional<UtcTime> quarantined_at;  // a file of it had rotted: waits to be made again
};

// One pass with everything known about it.
struct PassReport {
  UtcTime now{};
  PassRow pass;
  std::string recording;          // folder of rec-*.raw
  std::vector<IntakeRow> intake;  // one row, or none when nothing was counted
  std::vector<SceneRow> scenes;
  std::string process_report_json;  // of downlink-process, verbatim (docs/formats/pass-report.md); empty before its end
};

struct ScenesReport {
  UtcTime now{};
  std::vector<SceneRow> scenes;  // newest first
};

struct IncidentsReport {
  UtcTime now{};
  std::vector<IncidentRow> incidents;  // newest first
};

struct WaitReport {
  std::string condition;  // "idle", "drained"
  bool reached = false;
  std::int64_t waited_ms = 0;
  // What is still to do, all 0 when the condition is reached.
  std::uint64_t passes_receiving = 0;
  std::uint64_t passes_processing = 0;
  std::uint64_t deliveries_waiting = 0;
  std::uint64_t announcements_waiting = 0;
};

struct CloseReport {
  std::int64_t incident_id = 0;
  std::string kind;
  std::string subject;
  std::string state;  // afterwards: "closed"
};

using Report = std::variant<StatusReport, SourcesReport, PassesReport, PassReport, ScenesReport, DeliveriesReport,
                            ChangeReport, DropReport, BandwidthReport, DestinationsReport, OutboxReport, VerifyReport,
                            RetentionReport, IncidentsReport, CloseReport, WaitReport>;

}  // namespace dl::control
