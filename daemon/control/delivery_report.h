// The reports about deliveries, bandwidth, outbox and retention; as daemon/control/report.h, which includes this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"

namespace dl::control {

struct DeliveryRow {
  std::int64_t id = 0;
  std::string scene_id;
  std::string asset;
  std::string destination;
  std::string object_name;
  std::string delivery_class;  // "event", "preview", "scene", "level_0", "raw": what goes first
  std::string state;  // "queued", "uploading", "confirmed", "parked", "dropped"; "held" when an operator said so
  bool urgent = false;
  bool required = true;
  std::uint64_t size_bytes = 0;
  std::uint64_t committed_bytes = 0;
  std::uint64_t attempts = 0;  // since the last progress
  std::optional<UtcTime> next_attempt_at;
  std::optional<UtcTime> confirmed_at;
  std::string generation;
  std::string parked_kind;  // "conflict", "corrupt", "permanent"
  std::string last_error;
};

struct DeliveriesReport {
  UtcTime now{};
  std::vector<DeliveryRow> deliveries;  // newest first
};

// What hold, release, retry and prioritise did.
struct ChangeReport {
  std::string action;     // "hold", "release", "retry", "prioritise", "set back"
  std::string selection;  // "scene 'x' at 'archive'", for people
  std::uint64_t deliveries_changed = 0;
  std::uint64_t announcements_changed = 0;
};

struct DropRow {
  std::string scene_id;
  std::string pass_id;
  std::uint64_t size_bytes = 0;
  std::uint64_t objects_confirmed = 0;  // that are at some destination all the same
  std::uint64_t objects_missing = 0;
  bool recording_kept = false;  // so the scene can be made again
};

struct DropReport {
  bool dry_run = false;
  std::string selection;
  std::uint64_t scenes = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t scenes_that_cannot_be_made_again = 0;
  std::string consequences;
  std::vector<DropRow> rows;  // oldest first
};

struct BandwidthReport {
  UtcTime now{};
  std::optional<std::uint64_t> limit_bytes_per_s;  // absent: no limit
  std::string limit;                               // "20 Mbit/s", "off", "pause"
  std::string reason;                              // why it is that
  std::optional<UtcTime> next_change_at;           // when the clock alone changes it
  std::uint64_t used_bytes_per_s = 0;              // acknowledged over the last minute, all destinations
  bool receiving = false;                          // a pass is being received
  std::string during_pass;                         // as configured: "send", "pause", a rate
  std::string override_limit;                      // the operator's word; empty: none
  std::optional<UtcTime> override_until;           // absent with an override: until it is taken back
  std::string timetable;                           // as configured, entries with "; " between
};

// A destination with everything about its engine.
struct DestinationDetailRow {
  std::string name;
  std::string kind;
  std::string location;
  bool required = true;
  std::string state;    // as in DestinationRow
  std::string breaker;  // "closed" (all goes), "open" (left alone for a while), "half_open" (one tries)
  std::uint64_t queued = 0;
  std::uint64_t uploading = 0;
  std::uint64_t parked = 0;
  std::uint64_t on_hold = 0;
  std::uint64_t confirmed = 0;
  std::uint64_t dropped = 0;
  std::uint64_t bytes_waiting = 0;
  std::uint64_t bytes_per_s = 0;  // acknowledged over the last minute
  std::uint64_t failures = 0;     // in a row
  double retry_budget = 1;        // 0: retries have to wait
  std::optional<UtcTime> next_attempt_at;
  std::string last_error;
};

struct DestinationsReport {
  UtcTime now{};
  // How far the station's clock is ahead of the servers'; absent before one has answered.
  std::optional<std::int64_t> clock_ahead_s;
  std::vector<DestinationDetailRow> destinations;
};

struct EventRow {
  std::int64_t sequence = 0;
  std::string event_id;
  std::string type;
  std::string publisher;
  std::string scene_id;
  std::string pass_id;
  std::string ordering_key;
  std::string state;  // "pending", "sent", "parked"
  std::uint64_t attempts = 0;
  UtcTime created_at{};
  std::optional<UtcTime> sent_at;
  std::optional<UtcTime> next_attempt_at;
  std::string message_id;
  std::string last_error;
  std::string attributes_json;  // flat object of strings
  std::string payload_json;     // verbatim
};

struct OutboxReport {
  UtcTime now{};
  std::vector<EventRow> events;  // newest first
};

struct MismatchRow {
  std::string scene_id;
  std::string asset;
  std::string place;  // "spool", or the name of a destination
  std::string problem;
};

struct VerifyReport {
  bool complete = false;  // false: time ran out, or there were too many mismatches to go on
  std::uint64_t scenes = 0;
  std::uint64_t files_verified = 0;  // in the spool, read from the disk and hashed
  std::uint64_t bytes_verified = 0;
  std::uint64_t objects_verified = 0;    // at destinations, by what these say of size and checksum
  std::uint64_t objects_unanswered = 0;  // whose destination could not say
  std::vector<MismatchRow> mismatches;
};

struct RetentionRow {
  std::string what;  // "scene", "recording"
  std::string id;
  std::uint64_t size_bytes = 0;
  std::string reason;  // "quota", "keep_free", "age"
  bool delivered = false;
};

struct RetentionReport {
  UtcTime now{};
  bool dry_run = false;
  std::uint64_t spool_bytes = 0;  // of recordings and scenes
  std::optional<std::uint64_t> quota_bytes;
  std::uint64_t available_bytes = 0;
  std::uint64_t keep_free_bytes = 0;
  std::uint64_t bytes_missing = 0;  // that nothing may be dropped for
  std::vector<RetentionRow> drops;
};

}  // namespace dl::control
