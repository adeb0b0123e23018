#include <fmt/format.h>

#include "spool/journal_implementation.h"

namespace dl::spool {

namespace {

#define DL_PASS_COLUMNS                                                                                     \
  "id, source, spacecraft, station, state, started_at, ended_at, end_reason, bytes_recorded, connections, " \
  "process_starts, process_crashes, report_json, recording_dropped_at"

#define DL_IS_DROPPABLE                                                                                        \
  "state = 'processed' AND recording_dropped_at IS NULL AND NOT EXISTS (SELECT 1 FROM scenes WHERE pass_id = " \
  "passes.id AND (scenes.state = 'spooled' OR quarantined_at IS NOT NULL))"

Pass read_pass(Query& row) {
  Pass pass;
  pass.id = row.text();
  pass.source = row.text();
  pass.spacecraft = row.text();
  pass.station = row.text();
  pass.state = pass_state(row.text());
  pass.started_at = row.time();
  pass.ended_at = row.optional_time();
  pass.end_reason = row.text();
  pass.bytes_recorded = row.u64();
  pass.connections = row.u32();
  pass.process_starts = row.u32();
  pass.process_crashes = row.u32();
  pass.report_json = row.text();
  pass.recording_dropped_at = row.optional_time();
  return pass;
}

}  // namespace

Result<void> Journal::put_pass(const Pass& pass) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<void> {
    DL_TRY(Query query,
           journal.query("INSERT INTO passes (" DL_PASS_COLUMNS
                         ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                         "source = excluded.source, spacecraft = excluded.spacecraft, station = excluded.station, "
                         "state = excluded.state, started_at = excluded.started_at, ended_at = excluded.ended_at, "
                         "end_reason = excluded.end_reason, bytes_recorded = excluded.bytes_recorded, "
                         "connections = excluded.connections, process_starts = excluded.process_starts, "
                         "process_crashes = excluded.process_crashes, report_json = excluded.report_json"));
    // recording_dropped_at is left: a recording that is gone does not come back because somebody's copy is older.
    query.bind_all(pass.id, pass.source, pass.spacecraft, pass.station, to_string(pass.state), pass.started_at,
                   pass.ended_at, pass.end_reason, pass.bytes_recorded, pass.connections, pass.process_starts,
                   pass.process_crashes, pass.report_json, pass.recording_dropped_at);
    DL_CHECK(query.run());
    return {};
  });
}

Result<std::optional<Pass>> Journal::pass(const std::string& id) {
  DL_TRY(Query query, implementation_->query("SELECT " DL_PASS_COLUMNS " FROM passes WHERE id = ?"));
  return first(query.bind(id), read_pass);
}

Result<std::vector<Pass>> Journal::passes(std::size_t newest) {
  DL_TRY(Query query, implementation_->query("SELECT " DL_PASS_COLUMNS
                                             " FROM passes ORDER BY started_at DESC, sequence DESC LIMIT ?"));
  return collect(query.bind(std::uint64_t{newest}), read_pass);
}

Result<std::vector<Pass>> Journal::unfinished_passes() {
  DL_TRY(Query query,
         implementation_->query("SELECT " DL_PASS_COLUMNS " FROM passes WHERE state IN ('receiving', 'ended') "
                                "ORDER BY started_at, sequence"));
  return collect(query, read_pass);
}

Result<std::vector<Pass>> Journal::droppable_recordings(std::size_t limit, bool without_scenes) {
  DL_TRY(Query query, implementation_->query("SELECT " DL_PASS_COLUMNS " FROM passes WHERE " DL_IS_DROPPABLE
                                             " AND (? OR EXISTS (SELECT 1 FROM scenes WHERE pass_id = passes.id)) "
                                             "ORDER BY started_at, sequence LIMIT ?"));
  return collect(query.bind_all(std::int64_t{without_scenes ? 1 : 0}, std::uint64_t{limit}), read_pass);
}

Result<void> Journal::mark_recording_dropped(const std::string& pass_id) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<void> {
    // Asked again here, for a scene of it may have been quarantined since somebody made a plan.
    DL_TRY(Query query, journal.query("UPDATE passes SET recording_dropped_at = ? WHERE id = ? AND " DL_IS_DROPPABLE));
    DL_TRY(const std::uint32_t changed, query.bind_all(journal.clock.now(), pass_id).run());
    if (changed > 0) return {};
    return fail(ErrorKind::permanent, fmt::format("pass '{}': expected one that is processed, whose recording is there "
                                                  "and whose scenes are all delivered or dropped",
                                                  pass_id));
  });
}

}  // namespace dl::spool
