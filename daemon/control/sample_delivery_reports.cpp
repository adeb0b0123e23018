#include "daemon/control/sample_reports.h"

namespace dl::control {
namespace {

UtcTime at(const char* text) {
  return parse_utc(text).value();
}
const UtcTime kNow = at("2026-05-12T12:06:40Z");
const std::string kPass = "20260512T115203Z-antenna-1";
const std::string kScene = "metop-b_avhrr-3_20260512T120000Z";

DeliveryRow parked_delivery() {
  DeliveryRow row;
  row.id = 42;
  row.scene_id = kScene;
  row.asset = "band-4.tif";
  row.destination = "archive";
  row.object_name = "svalbard/metop-b/avhrr-3/2026/05/12/" + kScene + "/band-4.tif";
  row.delivery_class = "scene";
  row.state = "parked";
  row.urgent = true;
  row.size_bytes = 4'194'304;
  row.committed_bytes = 262'144;
  row.attempts = 5;
  row.next_attempt_at = at("2026-05-12T12:10:00Z");
  row.parked_kind = "permanent";
  row.last_error = "413 too large";
  return row;
}

DeliveryRow confirmed_delivery() {
  DeliveryRow row;
  row.id = 41;
  row.scene_id = kScene;
  row.asset = "band-3.tif";
  row.destination = "mirror";
  row.object_name = "band-3.tif";
  row.delivery_class = "scene";
  row.state = "confirmed";
  row.required = false;
  row.size_bytes = row.committed_bytes = 4'000'000;
  row.confirmed_at = at("2026-05-12T12:05:00Z");
  row.generation = "1778587500000001";
  return row;
}

EventRow sent_event() {
  EventRow row;
  row.sequence = 12;
  row.event_id = "3f6c1b";
  row.type = "org.downlinkd.scene.available";
  row.publisher = "cloud";
  row.scene_id = kScene;
  row.pass_id = kPass;
  row.ordering_key = "svalbard-2/avhrr-3";
  row.state = "sent";
  row.attempts = 1;
  row.created_at = at("2026-05-12T12:06:00Z");
  row.sent_at = at("2026-05-12T12:06:01Z");
  row.message_id = "9001";
  row.attributes_json = R"({"ce-id":"3f6c1b"})";
  row.payload_json = R"({"type":"Feature","stac_version":"1.0.0"})";
  return row;
}

EventRow parked_event() {
  EventRow row = sent_event();
  row.sequence = 13;
  row.event_id = "77aa01";
  row.state = "parked";
  row.attempts = 3;
  row.sent_at.reset();
  row.next_attempt_at = at("2026-05-12T12:07:00Z");
  row.message_id = "";
  row.last_error = "an attribute is longer than 1024 bytes";
  return row;
}

BandwidthReport bandwidth() {
  BandwidthReport report;
  report.now = kNow;
  report.limit_bytes_per_s = 125'000;
  report.limit = "1 Mbit/s";
  report.reason = "a pass is being received";
  report.next_change_at = at("2026-05-12T18:00:00Z");
  report.used_bytes_per_s = 120'300;
  report.receiving = true;
  report.during_pass = "1 Mbit/s";
  report.override_limit = "5 Mbit/s";
  report.override_until = at("2026-05-12T14:00:00Z");
  report.timetable = "Mon-Fri 08:00 2 Mbit/s; Mon-Fri 18:00 off";
  return report;
}

BandwidthReport no_limit() {
  BandwidthReport report;
  report.now = kNow;
  report.limit = "off";
  report.reason = "no timetable";
  report.during_pass = "send";
  return report;
}

DestinationsReport destinations() {
  DestinationDetailRow good;
  good.name = "archive";
  good.kind = "gcs";
  good.location = "gs://scenes/svalbard";
  good.state = "working";
  good.breaker = "closed";
  good.queued = 20;
  good.uploading = 2;
  good.on_hold = 4;
  good.confirmed = 3216;
  good.dropped = 1;
  good.bytes_waiting = 48U << 20;
  good.bytes_per_s = 2'340'000;
  good.retry_budget = 0.98;
  DestinationDetailRow bad;
  bad.name = "mirror";
  bad.kind = "s3";
  bad.location = "s3://mirror";
  bad.required = false;
  bad.state = "blocked";
  bad.breaker = "open";
  bad.queued = 3000;
  bad.parked = 3;
  bad.bytes_waiting = std::uint64_t{9} << 30;
  bad.failures = 12;
  bad.retry_budget = 0;
  bad.next_attempt_at = at("2026-05-12T12:10:00Z");
  bad.last_error = "403 SignatureDoesNotMatch";
  return {kNow, -73, {good, bad}};
}

DropReport drop() {
  DropReport report;
  report.dry_run = true;
  report.selection = "pass '" + kPass + "'";
  report.scenes = 2;
  report.size_bytes = 31'457'280;
  report.scenes_that_cannot_be_made_again = 1;
  report.consequences = "nobody gets them; each is announced as dropped";
  report.rows = {{kScene, kPass, 15'728'640, 4, 9, true}, {kScene + "-2", kPass, 15'728'640, 0, 13, false}};
  return report;
}

VerifyReport verify(bool mismatch) {
  VerifyReport report;
  report.complete = !mismatch;
  report.scenes = 2;
  report.files_verified = 26;
  report.bytes_verified = 31'457'280;
  report.objects_verified = 25;
  report.objects_unanswered = 1;
  if (mismatch) {
    report.mismatches = {{kScene, "band-4.tif", "spool", "sha256 is 00ff, expected 9f86"},
                         {kScene, "band-5.tif", "archive", "the object is not there"}};
  }
  return report;
}

RetentionReport retention() {
  RetentionReport report;
  report.now = kNow;
  report.dry_run = true;
  report.spool_bytes = std::uint64_t{90} << 30;
  report.quota_bytes = std::uint64_t{80} << 30;
  report.available_bytes = std::uint64_t{120} << 30;
  report.keep_free_bytes = std::uint64_t{2} << 30;
  report.bytes_missing = std::uint64_t{3} << 30;
  report.drops = {{"scene", kScene, 15'728'640, "quota", true}, {"recording", kPass, 300'000'000, "age", false}};
  return report;
}

}  // namespace

std::vector<SampleReport> sample_delivery_reports() {
  ChangeReport change{"release", "scene '" + kScene + "' of destination 'archive'", 13, 2};
  return {
      {"deliveries", Command::deliveries, DeliveriesReport{kNow, {parked_delivery(), confirmed_delivery()}}},
      {"release", Command::release, change},
      {"drop", Command::drop, drop()},
      {"bandwidth", Command::bandwidth, bandwidth()},
      {"bandwidth-no-limit", Command::bandwidth_set, no_limit()},
      {"destinations", Command::destinations, destinations()},
      {"outbox", Command::outbox, OutboxReport{kNow, {parked_event(), sent_event()}}},
      {"verify", Command::verify, verify(false)},
      {"verify-mismatches", Command::verify, verify(true)},
      {"retention", Command::retention, retention()},
  };
}

}  // namespace dl::control
