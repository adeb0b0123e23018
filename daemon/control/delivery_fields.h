// The fields of daemon/control/delivery_report.h; as daemon/control/fields.h, which includes this.
#pragma once

#include "daemon/control/delivery_report.h"
#include "daemon/control/field.h"

namespace dl::control {

template <class V, RowOf<DeliveryRow> R>
void fields(V& v, R& row) {
  v.field({"id", "Id", Show::count}, row.id);
  v.field({"destination", "Destination", Show::text}, row.destination);
  v.field({"scene_id", "Scene", Show::text}, row.scene_id);
  v.field({"asset", "Asset", Show::text}, row.asset);
  v.field({"object_name"}, row.object_name);
  v.field({"class", "Class", Show::text}, row.delivery_class);
  v.field({"state", "State", Show::state}, row.state);
  v.field({"urgent", "Urgent", Show::yes_or_nothing}, row.urgent);
  v.field({"required"}, row.required);
  v.field({"size_bytes", "Size", Show::size}, row.size_bytes);
  v.field({"committed_bytes", "Committed", Show::size}, row.committed_bytes);
  v.field({"attempts", "Attempts", Show::count}, row.attempts);
  v.field({"next_attempt_at", "Next attempt", Show::age}, row.next_attempt_at);
  v.field({"confirmed_at", "Confirmed", Show::age}, row.confirmed_at);
  v.field({"generation"}, row.generation);
  v.field({"parked_kind", "Parked for", Show::text}, row.parked_kind);
  v.field({"last_error", "last error", Show::note}, row.last_error);
}

template <class V, RowOf<DestinationDetailRow> R>
void fields(V& v, R& row) {
  v.field({"name", "Destination", Show::text}, row.name);
  v.field({"kind", "Kind", Show::text}, row.kind);
  v.field({"required", "Required", Show::yes_no}, row.required);
  v.field({"state", "State", Show::state}, row.state);
  v.field({"breaker", "Breaker", Show::text}, row.breaker);
  v.field({"queued", "Queued", Show::count}, row.queued);
  v.field({"uploading", "Uploading", Show::count}, row.uploading);
  v.field({"parked", "Parked", Show::count}, row.parked);
  v.field({"on_hold", "Held", Show::count}, row.on_hold);
  v.field({"confirmed", "Confirmed", Show::count}, row.confirmed);
  v.field({"dropped", "Dropped", Show::count}, row.dropped);
  v.field({"bytes_waiting", "Waiting", Show::size}, row.bytes_waiting);
  v.field({"bytes_per_s", "Rate", Show::rate}, row.bytes_per_s);
  v.field({"failures", "Failures", Show::count}, row.failures);
  v.field({"retry_budget", "Retries left", Show::share}, row.retry_budget);
  v.field({"next_attempt_at", "Next attempt", Show::age}, row.next_attempt_at);
  v.field({"location", "location", Show::note}, row.location);
  v.field({"last_error", "last error", Show::note}, row.last_error);
}

template <class V, RowOf<EventRow> R>
void fields(V& v, R& row) {
  v.field({"sequence", "No", Show::count}, row.sequence);
  v.field({"created_at", "Created", Show::time}, row.created_at);
  v.field({"publisher", "Publisher", Show::text}, row.publisher);
  v.field({"type", "Type", Show::text}, row.type);
  v.field({"scene_id", "Scene", Show::text}, row.scene_id);
  v.field({"pass_id"}, row.pass_id);
  v.field({"event_id", "Event id", Show::text}, row.event_id);
  v.field({"ordering_key"}, row.ordering_key);
  v.field({"state", "State", Show::state}, row.state);
  v.field({"attempts", "Attempts", Show::count}, row.attempts);
  v.field({"next_attempt_at", "Next attempt", Show::age}, row.next_attempt_at);
  v.field({"sent_at", "Sent", Show::age}, row.sent_at);
  v.field({"message_id"}, row.message_id);
  v.field({"last_error", "last error", Show::note}, row.last_error);
  v.json({"attributes"}, row.attributes_json);
  v.json({"payload"}, row.payload_json);
}

template <class V, RowOf<DropRow> R>
void fields(V& v, R& row) {
  v.field({"scene_id", "Scene", Show::text}, row.scene_id);
  v.field({"pass_id", "Pass", Show::text}, row.pass_id);
  v.field({"size_bytes", "Size", Show::size}, row.size_bytes);
  v.field({"objects_confirmed", "Objects there", Show::count}, row.objects_confirmed);
  v.field({"objects_missing", "Not there", Show::count}, row.objects_missing);
  v.field({"recording_kept", "Recording", Show::yes_no}, row.recording_kept);
}

template <class V, RowOf<MismatchRow> R>
void fields(V& v, R& row) {
  v.field({"place", "Place", Show::text}, row.place);
  v.field({"scene_id", "Scene", Show::text}, row.scene_id);
  v.field({"asset", "Asset", Show::text}, row.asset);
  v.field({"problem", "problem", Show::note}, row.problem);
}

template <class V, RowOf<RetentionRow> R>
void fields(V& v, R& row) {
  v.field({"what", "What", Show::text}, row.what);
  v.field({"id", "Id", Show::text}, row.id);
  v.field({"size_bytes", "Size", Show::size}, row.size_bytes);
  v.field({"reason", "For", Show::text}, row.reason);
  v.field({"delivered", "Delivered", Show::yes_no}, row.delivered);
}

template <class V, RowOf<DeliveriesReport> R>
void fields(V& v, R& report) {
  v.field({"now"}, report.now);
  v.list({"deliveries", "No deliveries."}, report.deliveries);
}

template <class V, RowOf<ChangeReport> R>
void fields(V& v, R& report) {
  v.field({"action", "Action", Show::text}, report.action);
  v.field({"selection", "Of", Show::text}, report.selection);
  v.field({"deliveries_changed", "Deliveries changed", Show::count}, report.deliveries_changed);
  v.field({"announcements_changed", "Events changed", Show::count}, report.announcements_changed);
}

template <class V, RowOf<DropReport> R>
void fields(V& v, R& report) {
  v.field({"dry_run", "Dry run", Show::yes_no}, report.dry_run);
  v.field({"selection", "Of", Show::text}, report.selection);
  v.field({"scenes", "Scenes", Show::count}, report.scenes);
  v.field({"size_bytes", "Size", Show::size}, report.size_bytes);
  v.field({"scenes_that_cannot_be_made_again", "Not to be made again", Show::count},
          report.scenes_that_cannot_be_made_again);
  v.field({"consequences", "Consequences", Show::text}, report.consequences);
  v.list({"rows", "No scene."}, report.rows);
}

template <class V, RowOf<BandwidthReport> R>
void fields(V& v, R& report) {
  v.field({"now"}, report.now);
  v.field({"limit_bytes_per_s"}, report.limit_bytes_per_s);
  v.field({"limit", "Limit", Show::text}, report.limit);
  v.field({"reason", "Because of", Show::text}, report.reason);
  v.field({"next_change_at", "Next change", Show::age}, report.next_change_at);
  v.field({"used_bytes_per_s", "Used", Show::rate}, report.used_bytes_per_s);
  v.field({"receiving", "Receiving a pass", Show::yes_no}, report.receiving);
  v.field({"during_pass", "During a pass", Show::text}, report.during_pass);
  v.field({"override_limit", "Operator's limit", Show::text}, report.override_limit);
  v.field({"override_until", "Until", Show::time}, report.override_until);
  v.field({"timetable", "Timetable", Show::text}, report.timetable);
}

template <class V, RowOf<DestinationsReport> R>
void fields(V& v, R& report) {
  v.field({"now"}, report.now);
  v.field({"clock_ahead_s", "Clock ahead by seconds", Show::count}, report.clock_ahead_s);
  v.list({"destinations", "No destinations."}, report.destinations);
}

template <class V, RowOf<OutboxReport> R>
void fields(V& v, R& report) {
  v.field({"now"}, report.now);
  v.list({"events", "No events."}, report.events);
}

template <class V, RowOf<VerifyReport> R>
void fields(V& v, R& report) {
  v.field({"complete", "Complete", Show::yes_no}, report.complete);
  v.field({"scenes", "Scenes", Show::count}, report.scenes);
  v.field({"files_verified", "Files read", Show::count}, report.files_verified);
  v.field({"bytes_verified", "Bytes read", Show::size}, report.bytes_verified);
  v.field({"objects_verified", "Objects asked for", Show::count}, report.objects_verified);
  v.field({"objects_unanswered", "Without an answer", Show::count}, report.objects_unanswered);
  v.list({"mismatches", "Everything is as the journal says."}, report.mismatches);
}

template <class V, RowOf<RetentionReport> R>
void fields(V& v, R& report) {
  v.field({"now"}, report.now);
  v.field({"dry_run", "Dry run", Show::yes_no}, report.dry_run);
  v.field({"spool_bytes", "Spool", Show::size}, report.spool_bytes);
  v.field({"quota_bytes", "Quota", Show::size}, report.quota_bytes);
  v.field({"available_bytes", "Free", Show::size}, report.available_bytes);
  v.field({"keep_free_bytes", "To be kept free", Show::size}, report.keep_free_bytes);
  v.field({"bytes_missing", "Still missing", Show::size}, report.bytes_missing);
  v.list({"drops", "Nothing is to be dropped."}, report.drops);
}

}  // namespace dl::control
