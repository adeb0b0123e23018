// The fields of daemon/control/calibration_report.h; as daemon/control/fields.h.
#pragma once

#include "daemon/control/calibration_report.h"
#include "daemon/control/field.h"

namespace dl::control {

template <class V, RowOf<CalTableRow> R>
void fields(V& v, R& row) {
  v.field({"platform", "Platform", Show::text}, row.platform);
  v.field({"instrument", "Instrument", Show::text}, row.instrument);
  v.field({"table"}, row.table);
  v.field({"quantity", "Quantity", Show::text}, row.quantity);
  v.field({"profiles", "Profiles", Show::text}, row.profiles);
  v.field({"time_model", "Model", Show::text}, row.time_model);
  v.field({"rows", "Rows", Show::count}, row.rows);
  v.field({"events", "Events", Show::count}, row.events);
  v.field({"first_valid_from", "From", Show::time}, row.first_valid_from);
  v.field({"last_valid_from", "Newest row", Show::time}, row.last_valid_from);
  v.field({"last_recorded_at"}, row.last_recorded_at);
}

template <class V, RowOf<CalListReport> R>
void fields(V& v, R& report) {
  v.field({"tables", "Tables", Show::text}, report.tables);
  v.field({"overlays", "Overlays", Show::text}, report.overlays);
  v.field({"sha256", "Set", Show::text}, report.sha256);
  v.list({"list", "There is no such table."}, report.rows);
}

template <class V, RowOf<CalShownRow> R>
void fields(V& v, R& row) {
  v.field({"id", "Row", Show::text}, row.id);
  v.field({"valid_from", "Valid from", Show::time}, row.valid_from);
  v.field({"valid_to", "To", Show::time}, row.valid_to);
  v.field({"recorded_at", "Recorded", Show::time}, row.recorded_at);
  v.field({"recorded_at_basis"}, row.recorded_at_basis);
  v.field({"superseded_at", "Superseded", Show::time}, row.superseded_at);
  v.field({"config", "State", Show::text}, row.config);
  v.field({"status", "Status", Show::text}, row.status);
  v.field({"values", "values", Show::note}, row.values);
  v.field({"reason", "reason", Show::note}, row.reason);
  v.field({"source", "source", Show::note}, row.source);
  v.field({"supersedes"}, row.supersedes);
  v.field({"file", "file", Show::note}, row.file);
  v.field({"sha256"}, row.sha256);
}

template <class V, RowOf<CalEventRow> R>
void fields(V& v, R& row) {
  v.field({"id", "Event", Show::text}, row.id);
  v.field({"kind", "Kind", Show::text}, row.kind);
  v.field({"effect", "Effect", Show::text}, row.effect);
  v.field({"bands", "Bands", Show::text}, row.bands);
  v.field({"config", "State", Show::text}, row.config);
  v.field({"from", "From", Show::time}, row.from);
  v.field({"to", "To", Show::time}, row.to);
  v.field({"recorded_at", "Recorded", Show::time}, row.recorded_at);
  v.field({"text", "what happened", Show::note}, row.text);
  v.field({"source", "source", Show::note}, row.source);
  v.field({"sha256"}, row.sha256);
}

template <class V, RowOf<CalShowReport> R>
void fields(V& v, R& report) {
  v.field({"table", "Table", Show::text}, report.table);
  v.field({"platform"}, report.platform);
  v.field({"instrument"}, report.instrument);
  v.field({"quantity", "Quantity", Show::text}, report.quantity);
  v.field({"unit", "Unit", Show::text}, report.unit);
  v.field({"profiles", "Profiles", Show::text}, report.profiles);
  v.field({"time_model", "Model", Show::text}, report.time_model);
  v.field({"extrapolation", "Extrapolation", Show::text}, report.extrapolation);
  v.field({"sha256", "Head", Show::text}, report.sha256);
  v.list({"rows", "It has no rows."}, report.rows);
  v.list({"events", "It has no events."}, report.events);
}

template <class V, RowOf<CalAnswerRow> R>
void fields(V& v, R& row) {
  v.field({"profile", "Profile", Show::text}, row.profile);
  v.field({"quantity", "Quantity", Show::text}, row.quantity);
  v.field({"bands", "Bands", Show::text}, row.bands);
  v.field({"unit", "Unit", Show::text}, row.unit);
  v.field({"row", "Row", Show::text}, row.row);
  v.field({"status", "Status", Show::text}, row.status);
  v.field({"valid_from", "Since", Show::time}, row.valid_from);
  v.field({"ends", "Ends", Show::time}, row.ends);
  v.field({"recorded_at", "Recorded", Show::time}, row.recorded_at);
  v.field({"recorded_at_basis"}, row.recorded_at_basis);
  v.field({"age_days"}, row.age_days);
  v.field({"extrapolated_days"}, row.extrapolated_days);
  v.field({"flag", "Flag", Show::text}, row.flag);
  v.field({"why", "why", Show::note}, row.why);
  v.field({"next", "next", Show::note}, row.next);
  v.field({"values", "values", Show::note}, row.values);
  v.field({"algorithms", "algorithms", Show::note}, row.algorithms);
  v.field({"reason", "reason", Show::note}, row.reason);
  v.field({"source", "source", Show::note}, row.source);
  v.field({"sha256"}, row.sha256);
}

template <class V, RowOf<CalPassedOverRow> R>
void fields(V& v, R& row) {
  v.field({"profile", "Profile", Show::text}, row.profile);
  v.field({"quantity", "Quantity", Show::text}, row.quantity);
  v.field({"bands", "Bands", Show::text}, row.bands);
  v.field({"row", "Not chosen", Show::text}, row.row);
  v.field({"why", "Why", Show::text}, row.why);
}

template <class V, RowOf<CalExplainReport> R>
void fields(V& v, R& report) {
  v.field({"platform", "Platform", Show::text}, report.platform);
  v.field({"instrument", "Instrument", Show::text}, report.instrument);
  v.field({"at", "At", Show::time}, report.at);
  v.field({"known_at", "As known at", Show::time}, report.known_at);
  v.field({"profile", "Profile", Show::text}, report.profile);
  v.field({"profiles", "Of the profiles", Show::text}, report.profiles);
  v.field({"set_sha256", "Set", Show::text}, report.set_sha256);
  v.field({"next_event_at", "Next event", Show::time}, report.next_event_at);
  v.field({"next_event", "That is", Show::text}, report.next_event);
  v.list({"answers", "The profile has no table with rows."}, report.answers);
  v.list({"events", "No event hits this time."}, report.events);
  v.list({"passed_over", "--rows shows the rows that were not chosen."}, report.passed_over);
}

template <class V, RowOf<CalDifferenceRow> R>
void fields(V& v, R& row) {
  v.field({"what", "What", Show::text}, row.what);
  v.field({"id", "Of", Show::text}, row.id);
  v.field({"change", "Change", Show::text}, row.change);
  v.field({"before", "Before", Show::text}, row.before);
  v.field({"after", "After", Show::text}, row.after);
  v.field({"percent", "By", Show::percent}, row.percent);
}

template <class V, RowOf<CalDiffReport> R>
void fields(V& v, R& report) {
  v.field({"a", "A", Show::text}, report.a);
  v.field({"b", "B", Show::text}, report.b);
  v.field({"a_sha256", "Set of A", Show::text}, report.a_sha256);
  v.field({"b_sha256", "Set of B", Show::text}, report.b_sha256);
  v.list({"differences", "They do not differ."}, report.differences);
}

template <class V, RowOf<CalProblemRow> R>
void fields(V& v, R& row) {
  v.field({"file", "File", Show::text}, row.file);
  v.field({"line", "Line", Show::count}, row.line);
  v.field({"element", "Element", Show::text}, row.element);
  v.field({"reason", "reason", Show::note}, row.reason);
}

template <class V, RowOf<CalVerifyReport> R>
void fields(V& v, R& report) {
  v.field({"tables", "Tables", Show::text}, report.tables);
  v.field({"overlays", "Overlays", Show::text}, report.overlays);
  v.field({"state", "State", Show::state}, report.state);
  v.field({"sha256", "Set", Show::text}, report.sha256);
  v.field({"instruments", "Instruments", Show::count}, report.instruments);
  v.field({"table_count", "Number of tables", Show::count}, report.table_count);
  v.field({"rows", "Rows", Show::count}, report.rows);
  v.field({"events", "Events", Show::count}, report.events);
  v.list({"problems", "Every table keeps the rules, and the hashes are those that it was shipped with."},
         report.problems);
}

template <class V, RowOf<CalImportReport> R>
void fields(V& v, R& report) {
  v.field({"file", "File", Show::text}, report.file);
  v.field({"state", "State", Show::state}, report.state);
  v.field({"placed", "Is now", Show::text}, report.placed);
  v.field({"sha256_before", "Set before", Show::text}, report.sha256_before);
  v.field({"sha256", "Set", Show::text}, report.sha256);
  v.field({"elements_added", "Rows and events added", Show::count}, report.elements_added);
  v.field({"daemon", "downlinkd", Show::text}, report.daemon);
  v.list({"problems", "It keeps the rules."}, report.problems);
}

}  // namespace dl::control
