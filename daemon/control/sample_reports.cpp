#include "daemon/control/sample_reports.h"

namespace dl::control {
namespace {

UtcTime at(const char* text) {
  return parse_utc(text).value();
}
const UtcTime kNow = at("2026-05-12T12:06:40Z");
const std::string kPass = "20260512T115203Z-antenna-1";
const std::string kRecording = "/var/lib/downlinkd/passes/" + kPass;
const std::string kScene = "metop-b_avhrr-3_20260512T120000Z";

IncidentRow incident() {
  return {7,
          "delivery_refused",
          "archive",
          "bucket 'scenes' answered 403 to 'create object': forbidden",
          "Give the service account 'Storage Object Creator' on the bucket, then: downlinkctl release 42",
          3,
          at("2026-05-12T11:58:00Z"),
          at("2026-05-12T12:06:00Z"),
          std::nullopt};
}

StatusReport quiet_status() {
  StatusReport report;
  report.version = "0.1.0";
  report.kernel = "avx2";
  report.station = "svalbard-2";
  report.state = "running";
  report.pid = 812;
  report.now = kNow;
  report.started_at = at("2026-05-10T10:00:00Z");
  report.config_file = "/etc/downlinkd/downlinkd.toml";
  report.config_loaded_at = at("2026-05-12T08:00:00Z");
  report.space = {"/var/lib/downlinkd", "ok", std::uint64_t{120} << 30, 1U << 30, 4U << 20};
  report.tables = {"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", kNow - Seconds(7200), 212, ""};
  SourceRow source;
  source.name = "antenna-1";
  source.kind = "tcp-listen";
  source.address = "0.0.0.0:4935";
  source.spacecraft = "metop-b";
  source.state = "listening";
  report.sources = {source};
  report.passes_total = 31;
  report.scenes_delivered = 402;
  report.destinations = {{"archive", "gcs", "gs://scenes/svalbard", "idle", 0, 0, 0, 3216, 0, std::nullopt, ""}};
  report.publishers = {{"cloud", "pubsub", "projects/p/topics/scenes", 0, 0, 402, std::nullopt, ""}};
  return report;
}

StatusReport busy_status() {
  auto report = quiet_status();
  report.space.state = "scenes_stopped";
  report.space.available_bytes = 700U << 20;
  report.tables.problem = "avhrr-3/metop-b.june.json:12: 'metop-b/avhrr-3/visible/2026-06-09': no source";
  auto& source = report.sources[0];
  source.state = "receiving";
  source.pass_id = kPass;
  source.peer = "192.0.2.7:50312";
  source.bytes = 81'300'480;
  source.rate_bytes_per_s = 437'500;
  source.last_data_at = at("2026-05-12T12:06:39.2Z");
  source.peers_refused = 2;
  source.last_error = "connection reset by peer";
  report.sources.push_back({"replay",
                            "file",
                            "/data/old.cadu",
                            "suomi-npp",
                            "finished",
                            "",
                            "",
                            66'560,
                            0,
                            at("2026-05-10T10:00:01Z"),
                            0,
                            "",
                            {}});
  report.passes = {{kPass, "antenna-1", "metop-b", "receiving", true, 81'300'480, 81'297'408, 79'392, 2, 1180, 15'120,
                    5'220, 4, 2, 1}};
  report.scenes_spooled = 3;
  report.destinations[0] = {"archive",
                            "gcs",
                            "gs://scenes/svalbard",
                            "blocked",
                            20,
                            1,
                            2,
                            3216,
                            48U << 20,
                            at("2026-05-12T12:10:00Z"),
                            "403 forbidden\nsee \033[31mhttps://example\033[0m"};
  report.publishers[0] = {"cloud", "pubsub", "projects/p/topics/scenes", 3,
                          1,       402,      at("2026-05-12T12:06:45Z"), "connection refused"};
  report.incidents = {incident()};
  return report;
}

PassRow pass_row() {
  return {kPass,
          "antenna-1",
          "metop-b",
          "svalbard-2",
          "processed",
          at("2026-05-12T11:52:03.125Z"),
          at("2026-05-12T12:06:31Z"),
          "eof",
          81'300'480,
          2,
          5,
          2,
          1};
}

SceneRow scene_row() {
  return {kScene,
          kPass,
          "metop-b",
          "avhrr-3",
          "delivered",
          "2026-05-12T12:00:00.083Z",
          "2026-05-12T12:02:59.917Z",
          13,
          15'728'640,
          "metop-b/avhrr-3/2026/05/12/" + kScene,
          "/var/lib/downlinkd/scenes/" + kScene,
          at("2026-05-12T12:05:10Z"),
          at("2026-05-12T12:06:00Z"),
          at("2026-05-12T12:06:20Z"),
          "quota",
          at("2026-05-12T12:06:10Z")};
}

SourcesReport sources() {
  SourcesReport report{kNow, busy_status().sources, {}};
  report.sources[0].kind = "udp";
  report.intake = {{"antenna-1",
                    {.messages = 79'394,
                     .wrong_size_messages = 3,
                     .wrong_size_bytes = 120,
                     .dropped_by_kernel = 17,
                     .dropped_no_room_messages = 64,
                     .dropped_no_room_bytes = 65'536,
                     .reconnects = 2,
                     .protocol_errors = 1,
                     .gaps_told = 5,
                     .times_refused = 4}},
                   {"replay", {}}};
  return report;
}

constexpr const char* kProcessReport = R"({
  "format": "downlinkd.pass-report/1", "spacecraft": "metop-b",
  "input": {"bytes": 81300480, "sha256": "9f86d081", "bytes_quarantined": 65536,
    "started_at": "2026-05-12T11:52:03Z"},
  "stages": [
    {"name": "frame_sync", "unit": "frames", "bytes_in": 81300480, "bytes_out": 80980000,
     "units_in": 79394, "units_out": 79392, "dropped": {"overhead": {"units": 0, "bytes": 317576}, "no_sync":
       {"units": 2, "bytes": 2904}}},
    {"name": "reed_solomon", "unit": "frames", "bytes_in": 80980000, "bytes_out": 80980000, "units_in": 79392,
     "units_out": 79392, "dropped": {}}
  ],
  "virtual_channels": [{"vcid": 9, "frames": 79000, "gaps": 1, "frames_lost": 2}],
  "apids": [{"vcid": 9, "apid": 103, "packets": 5400, "instrument": "avhrr-3"},
            {"vcid": 9, "apid": 64, "packets": 3, "instrument": null}],
  "instruments": [{"id": "avhrr-3", "lines": {"unit": "lines", "units_in": 5401, "units_out": 5400,
                                              "dropped": {"missing_line": {"units": 1, "bytes": 0}}}}],
  "balanced": true})";

}  // namespace

std::vector<SampleReport> sample_reports() {
  auto closed = incident();
  closed.closed_at = at("2026-05-12T12:06:30Z");
  std::vector<SampleReport> samples = {
      {"status-quiet", Command::status, quiet_status()},
      {"status-busy", Command::status, busy_status()},
      {"sources", Command::sources, sources()},
      {"passes", Command::passes, PassesReport{kNow, {pass_row()}}},
      {"passes-none", Command::passes, PassesReport{kNow, {}}},
      {"pass", Command::pass,
       PassReport{kNow, pass_row(), kRecording, {sources().intake[0]}, {scene_row()}, kProcessReport}},
      {"pass-undecoded", Command::pass, PassReport{kNow, pass_row(), kRecording, {}, {}, ""}},
      {"scenes", Command::scenes, ScenesReport{kNow, {scene_row()}}},
      {"incidents", Command::incidents, IncidentsReport{kNow, {incident(), closed}}},
      {"wait", Command::wait, WaitReport{"drained", false, 30'000, 1, 2, 20, 3}},
      {"close", Command::close, CloseReport{7, "delivery_refused", "archive", "closed"}},
  };
  for (auto& sample : sample_delivery_reports()) samples.push_back(std::move(sample));
  return samples;
}

}  // namespace dl::control
