#include "daemon/service/reports.h"

#include <algorithm>

#include <fmt/format.h>

#include "spool/intake_json.h"
#include "spool/pass_file.h"

namespace dl::daemon {
namespace {

using control::Command;
using control::Report;
using control::Request;

Result<control::PassRow> pass_row(spool::Journal& journal, const spool::Pass& pass) {
  DL_TRY(const auto scenes, journal.scene_ids_of_pass(pass.id));
  return to_row(pass, scenes.size());
}

Result<std::vector<control::SceneRow>> scenes_of_pass(spool::Journal& journal, const std::string& pass_id) {
  std::vector<control::SceneRow> rows;
  DL_TRY(const auto ids, journal.scene_ids_of_pass(pass_id));
  for (const std::string& id : ids) {
    DL_TRY(const auto scene, journal.scene(id));
    if (scene) rows.push_back(to_row(*scene));
  }
  return rows;
}

Result<Report> passes_report(spool::Journal& journal, const Request& request, UtcTime now) {
  control::PassesReport report{now, {}};
  DL_TRY(const auto passes, journal.passes(request.limit));
  for (const auto& pass : passes) {
    DL_TRY(auto row, pass_row(journal, pass));
    report.passes.push_back(std::move(row));
  }
  return Report(std::move(report));
}

Result<Report> pass_report(spool::Journal& journal, const Request& request, UtcTime now,
                           const std::filesystem::path& recordings) {
  DL_TRY(const auto pass, journal.pass(request.pass_id));
  if (!pass)
    return fail(ErrorKind::permanent, fmt::format("there is no pass '{}'; 'passes' lists them", request.pass_id));
  control::PassReport report;
  report.now = now;
  DL_TRY(report.pass, pass_row(journal, *pass));
  report.recording = (recordings / pass->id).string();
  DL_TRY(report.scenes, scenes_of_pass(journal, pass->id));
  report.process_report_json = pass->report_json;
  // The folder may be dropped already; the report may not be there yet.
  const auto file = spool::read_pass_file(recordings / pass->id);
  const IntakeCounters intake = file ? file->intake : spool::intake_of(pass->report_json);
  if (intake != IntakeCounters{}) report.intake.push_back({pass->source, intake});
  return Report(std::move(report));
}

Result<Report> scenes_report(spool::Journal& journal, const Request& request, UtcTime now) {
  control::ScenesReport report{now, {}};
  if (!request.pass_id.empty()) {
    DL_TRY(report.scenes, scenes_of_pass(journal, request.pass_id));
    if (report.scenes.size() > request.limit) report.scenes.resize(request.limit);
    return Report(std::move(report));
  }
  DL_TRY(const auto scenes, journal.scenes(request.limit));
  for (const auto& scene : scenes) report.scenes.push_back(to_row(scene));
  return Report(std::move(report));
}

Result<Report> close_incident(spool::Journal& journal, std::int64_t id) {
  DL_TRY(const auto open, journal.incidents(true, control::kRowLimitMax));
  const auto found = std::ranges::find(open, id, &spool::Incident::id);
  if (found == open.end())
    return fail(ErrorKind::permanent, fmt::format("there is no open incident {}; 'incidents' lists them", id));
  DL_CHECK(journal.close_incident(found->kind, found->subject));
  return Report(control::CloseReport{id, found->kind, found->subject, "closed"});
}

}  // namespace

control::PassRow to_row(const spool::Pass& pass, std::uint64_t scenes) {
  control::PassRow row;
  row.id = pass.id;
  row.source = pass.source;
  row.spacecraft = pass.spacecraft;
  row.station = pass.station;
  row.state = to_string(pass.state);
  row.started_at = pass.started_at;
  row.ended_at = pass.ended_at;
  row.end_reason = pass.end_reason;
  row.bytes_recorded = pass.bytes_recorded;
  row.connections = pass.connections;
  row.scenes = scenes;
  row.process_starts = pass.process_starts;
  row.process_crashes = pass.process_crashes;
  return row;
}

control::SceneRow to_row(const spool::SceneRow& scene) {
  control::SceneRow row;
  row.id = scene.id;
  row.pass_id = scene.pass_id;
  row.platform = scene.platform;
  row.instrument = scene.instrument;
  row.state = to_string(scene.state);
  row.sensing_start = scene.sensing_start;
  row.sensing_end = scene.sensing_end;
  row.assets = scene.assets;
  row.size_bytes = scene.size_bytes;
  row.object_prefix = scene.object_prefix;
  row.directory = scene.directory;
  row.committed_at = scene.committed_at;
  row.delivered_at = scene.delivered_at;
  row.dropped_at = scene.dropped_at;
  row.drop_reason = scene.drop_reason;
  row.quarantined_at = scene.quarantined_at;
  return row;
}

control::IncidentRow to_row(const spool::Incident& incident) {
  control::IncidentRow row;
  row.id = incident.id;
  row.kind = incident.kind;
  row.subject = incident.subject;
  row.message = incident.message;
  row.action = incident.action;
  row.count = incident.count;
  row.opened_at = incident.opened_at;
  row.last_seen_at = incident.last_seen_at;
  row.closed_at = incident.closed_at;
  return row;
}

Result<Report> journal_report(spool::Journal& journal, const Request& request, UtcTime now,
                              const std::filesystem::path& recordings) {
  switch (request.command) {
    case Command::passes:
      return passes_report(journal, request, now);
    case Command::pass:
      return pass_report(journal, request, now, recordings);
    case Command::scenes:
      return scenes_report(journal, request, now);
    case Command::incidents: {
      control::IncidentsReport report{now, {}};
      DL_TRY(const auto incidents, journal.incidents(!request.all, request.limit));
      for (const auto& incident : incidents) report.incidents.push_back(to_row(incident));
      return Report(std::move(report));
    }
    case Command::close:
      return close_incident(journal, request.incident_id);
    default:
      break;
  }
  return fail(ErrorKind::unsupported, fmt::format("'{}' is no report of the journal", to_string(request.command)));
}

}  // namespace dl::daemon
