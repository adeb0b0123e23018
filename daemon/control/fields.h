// The fields of every report, listed once: the JSON codec and the table both visit these functions, so that they cannot
// disagree. The order is the order of both.
//
// A visitor has   void field(const Field&, T& member)            for scalars and optionals of them
//                 void object(const Field&, Row& row)            for one row inside a report
//                 void list(const List&, std::vector<Row>& rows) for rows
//                 void json(const Field&, std::string& text)     for JSON that is passed on verbatim
#pragma once

#include "daemon/control/delivery_fields.h"
#include "daemon/control/field.h"
#include "daemon/control/report.h"

namespace dl::control {

template <class V, RowOf<SourceRow> R>
void fields(V& v, R& row) {
  v.field({"name", "Source", Show::text}, row.name);
  v.field({"kind", "Kind", Show::text}, row.kind);
  v.field({"address", "Address", Show::text}, row.address);
  v.field({"spacecraft", "Spacecraft", Show::text}, row.spacecraft);
  v.field({"state", "State", Show::state}, row.state);
  v.field({"bytes", "Bytes", Show::size}, row.bytes);
  v.field({"rate_bytes_per_s", "Rate", Show::rate}, row.rate_bytes_per_s);
  v.field({"last_data_at", "Last data", Show::age}, row.last_data_at);
  v.field({"peers_refused", "Refused", Show::count}, row.peers_refused);
  v.field({"pass_id", "receiving pass", Show::note}, row.pass_id);
  v.field({"peer", "peer", Show::note}, row.peer);
  v.field({"last_error", "last error", Show::note}, row.last_error);
}

template <class V, RowOf<IntakeRow> R>
void fields(V& v, R& row) {
  auto& counters = row.counters;
  v.field({"source", "Before the recording", Show::text}, row.source);
  v.field({"messages", "Messages", Show::count}, counters.messages);
  v.field({"wrong_size_messages", "Wrong size", Show::count}, counters.wrong_size_messages);
  v.field({"wrong_size_bytes"}, counters.wrong_size_bytes);
  v.field({"dropped_by_kernel", "Kernel drops", Show::count}, counters.dropped_by_kernel);
  v.field({"dropped_no_room_messages", "No room", Show::count}, counters.dropped_no_room_messages);
  v.field({"dropped_no_room_bytes"}, counters.dropped_no_room_bytes);
  v.field({"gaps_told", "Gaps told", Show::count}, counters.gaps_told);
  v.field({"times_refused"}, counters.times_refused);
  v.field({"reconnects", "Reconnects", Show::count}, counters.reconnects);
  v.field({"protocol_errors", "Protocol errors", Show::count}, counters.protocol_errors);
}

template <class V, RowOf<ActivePassRow> R>
void fields(V& v, R& row) {
  v.field({"id", "Pass", Show::text}, row.id);
  v.field({"source"}, row.source);
  v.field({"spacecraft", "Spacecraft", Show::text}, row.spacecraft);
  v.field({"state", "State", Show::state}, row.state);
  v.field({"lock", "Lock", Show::yes_no}, row.lock);
  v.field({"bytes_recorded", "Recorded", Show::size}, row.bytes_recorded);
  v.field({"bytes_processed", "Decoded", Show::size}, row.bytes_processed);
  v.field({"frames", "Frames", Show::count}, row.frames);
  v.field({"frames_lost", "Lost", Show::count}, row.frames_lost);
  v.field({"symbols_corrected", "Corrected", Show::count}, row.symbols_corrected);
  v.field({"packets", "Packets", Show::count}, row.packets);
  v.field({"lines", "Lines", Show::count}, row.lines);
  v.field({"scenes", "Scenes", Show::count}, row.scenes);
  v.field({"process_starts"}, row.process_starts);
  v.field({"process_crashes", "Crashes", Show::count}, row.process_crashes);
}

template <class V, RowOf<DestinationRow> R>
void fields(V& v, R& row) {
  v.field({"name", "Destination", Show::text}, row.name);
  v.field({"kind", "Kind", Show::text}, row.kind);
  v.field({"location", "Location", Show::text}, row.location);
  v.field({"state", "State", Show::state}, row.state);
  v.field({"queued", "Queued", Show::count}, row.queued);
  v.field({"uploading", "Uploading", Show::count}, row.uploading);
  v.field({"parked", "Parked", Show::count}, row.parked);
  v.field({"confirmed", "Confirmed", Show::count}, row.confirmed);
  v.field({"bytes_waiting", "Waiting", Show::size}, row.bytes_waiting);
  v.field({"next_attempt_at", "Next attempt", Show::age}, row.next_attempt_at);
  v.field({"last_error", "last error", Show::note}, row.last_error);
}

template <class V, RowOf<PublisherRow> R>
void fields(V& v, R& row) {
  v.field({"name", "Publisher", Show::text}, row.name);
  v.field({"kind", "Kind", Show::text}, row.kind);
  v.field({"location", "Location", Show::text}, row.location);
  v.field({"pending", "Pending", Show::count}, row.pending);
  v.field({"parked", "Parked", Show::count}, row.parked);
  v.field({"sent", "Sent", Show::count}, row.sent);
  v.field({"next_attempt_at", "Next attempt", Show::age}, row.next_attempt_at);
  v.field({"last_error", "last error", Show::note}, row.last_error);
}

template <class V, RowOf<SpaceStatus> R>
void fields(V& v, R& row) {
  v.field({"directory", "Spool", Show::text}, row.directory);
  v.field({"state", "Disk", Show::state}, row.state);
  v.field({"available_bytes", "Free", Show::size}, row.available_bytes);
  v.field({"stop_scenes_below_bytes"}, row.stop_scenes_below_bytes);
  v.field({"stop_recording_below_bytes"}, row.stop_recording_below_bytes);
}

template <class V, RowOf<TablesStatus> R>
void fields(V& v, R& row) {
  v.field({"sha256", "Calibration", Show::text}, row.sha256);
  v.field({"since", "Taken", Show::age}, row.since);
  v.field({"rows"}, row.rows);
  v.field({"problem", "Newer refused", Show::text}, row.problem);
}

template <class V, RowOf<IncidentRow> R>
void fields(V& v, R& row) {
  v.field({"id", "Id", Show::count}, row.id);
  v.field({"kind", "Incident", Show::text}, row.kind);
  v.field({"subject", "Subject", Show::text}, row.subject);
  v.field({"count", "Count", Show::count}, row.count);
  v.field({"opened_at", "Since", Show::time}, row.opened_at);
  v.field({"last_seen_at", "Last seen", Show::age}, row.last_seen_at);
  v.field({"closed_at", "Closed", Show::time}, row.closed_at);
  v.field({"message", "what", Show::note}, row.message);
  v.field({"action", "do", Show::note}, row.action);
}

template <class V, RowOf<PassRow> R>
void fields(V& v, R& row) {
  v.field({"id", "Pass", Show::text}, row.id);
  v.field({"source"}, row.source);
  v.field({"spacecraft", "Spacecraft", Show::text}, row.spacecraft);
  v.field({"station"}, row.station);
  v.field({"state", "State", Show::state}, row.state);
  v.field({"started_at", "Started", Show::time}, row.started_at);
  v.field({"ended_at", "Ended", Show::time}, row.ended_at);
  v.field({"end_reason", "By", Show::text}, row.end_reason);
  v.field({"bytes_recorded", "Recorded", Show::size}, row.bytes_recorded);
  v.field({"connections", "Connections", Show::count}, row.connections);
  v.field({"scenes", "Scenes", Show::count}, row.scenes);
  v.field({"process_starts"}, row.process_starts);
  v.field({"process_crashes", "Crashes", Show::count}, row.process_crashes);
}

template <class V, RowOf<SceneRow> R>
void fields(V& v, R& row) {
  v.field({"id", "Scene", Show::text}, row.id);
  v.field({"pass_id", "Pass", Show::text}, row.pass_id);
  v.field({"platform"}, row.platform);
  v.field({"instrument"}, row.instrument);
  v.field({"state", "State", Show::state}, row.state);
  v.field({"sensing_start", "Sensing start", Show::text}, row.sensing_start);
  v.field({"sensing_end"}, row.sensing_end);
  v.field({"assets", "Assets", Show::count}, row.assets);
  v.field({"size_bytes", "Size", Show::size}, row.size_bytes);
  v.field({"object_prefix"}, row.object_prefix);
  v.field({"directory"}, row.directory);
  v.field({"committed_at", "Made", Show::age}, row.committed_at);
  v.field({"delivered_at", "Delivered", Show::age}, row.delivered_at);
  v.field({"dropped_at", "Dropped", Show::age}, row.dropped_at);
  v.field({"quarantined_at", "Quarantined", Show::age}, row.quarantined_at);
  v.field({"drop_reason", "dropped because", Show::note}, row.drop_reason);
}

template <class V, RowOf<StatusReport> R>
void fields(V& v, R& report) {
  v.field({"now"}, report.now);
  v.field({"station", "Station", Show::text}, report.station);
  v.field({"version", "Version", Show::text}, report.version);
  v.field({"kernel", "Kernel", Show::text}, report.kernel);
  v.field({"state", "State", Show::state}, report.state);
  v.field({"pid", "Process id", Show::count}, report.pid);
  v.field({"started_at", "Started", Show::age}, report.started_at);
  v.field({"config_file", "Configuration", Show::text}, report.config_file);
  v.field({"config_loaded_at", "Loaded", Show::age}, report.config_loaded_at);
  v.object({"space"}, report.space);
  v.object({"tables"}, report.tables);
  v.field({"passes_total", "Passes", Show::count}, report.passes_total);
  v.field({"scenes_delivered", "Scenes delivered", Show::count}, report.scenes_delivered);
  v.field({"scenes_spooled", "Scenes waiting", Show::count}, report.scenes_spooled);
  v.list({"incidents", "No open incidents."}, report.incidents);
  v.list({"sources", "No sources."}, report.sources);
  v.list({"passes", "No pass in progress."}, report.passes);
  v.list({"destinations", "No destinations."}, report.destinations);
  v.list({"publishers", "No publishers."}, report.publishers);
}

template <class V, RowOf<SourcesReport> R>
void fields(V& v, R& report) {
  v.field({"now"}, report.now);
  v.list({"sources", "No sources."}, report.sources);
  v.list({"intake", "No sources."}, report.intake);
}

template <class V, RowOf<PassesReport> R>
void fields(V& v, R& report) {
  v.field({"now"}, report.now);
  v.list({"passes", "No passes."}, report.passes);
}

template <class V, RowOf<PassReport> R>
void fields(V& v, R& report) {
  v.field({"now"}, report.now);
  v.object({"pass"}, report.pass);
  v.field({"recording", "Recording", Show::text}, report.recording);
  v.list({"intake", "Nothing was counted before the recording."}, report.intake);
  v.list({"scenes", "No scenes."}, report.scenes);
  v.json({"process_report"}, report.process_report_json);
}

template <class V, RowOf<ScenesReport> R>
void fields(V& v, R& report) {
  v.field({"now"}, report.now);
  v.list({"scenes", "No scenes."}, report.scenes);
}

template <class V, RowOf<IncidentsReport> R>
void fields(V& v, R& report) {
  v.field({"now"}, report.now);
  v.list({"incidents", "No incidents."}, report.incidents);
}

template <class V, RowOf<WaitReport> R>
void fields(V& v, R& report) {
  v.field({"condition", "Condition", Show::text}, report.condition);
  v.field({"reached", "Reached", Show::yes_no}, report.reached);
  v.field({"waited_ms", "Waited", Show::duration}, report.waited_ms);
  v.field({"passes_receiving", "Passes receiving", Show::count}, report.passes_receiving);
  v.field({"passes_processing", "Passes decoding", Show::count}, report.passes_processing);
  v.field({"deliveries_waiting", "Deliveries waiting", Show::count}, report.deliveries_waiting);
  v.field({"announcements_waiting", "Events waiting", Show::count}, report.announcements_waiting);
}

template <class V, RowOf<CloseReport> R>
void fields(V& v, R& report) {
  v.field({"incident_id", "Incident", Show::count}, report.incident_id);
  v.field({"kind", "Kind", Show::text}, report.kind);
  v.field({"subject", "Subject", Show::text}, report.subject);
  v.field({"state", "State", Show::state}, report.state);
}

}  // namespace dl::control
