#include "daemon/service/drop.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/service/delivery_reports.h"
#include "spool/retention.h"

namespace dl::daemon {
namespace {

Failure refuse(std::string message) {
  return fail(ErrorKind::permanent, std::move(message));
}

bool is_open(const spool::SceneRow& scene) {
  return scene.state == spool::SceneState::spooled && !scene.dropped_at;
}

Result<std::vector<spool::SceneRow>> scenes_of_pass(spool::Journal& journal, const std::string& pass_id) {
  DL_TRY(const auto pass, journal.pass(pass_id));
  if (!pass) return refuse(fmt::format("there is no pass '{}'; 'passes' lists them", pass_id));
  std::vector<spool::SceneRow> scenes;
  DL_TRY(const auto ids, journal.scene_ids_of_pass(pass_id));
  for (const auto& id : ids) {
    DL_TRY(const auto scene, journal.scene(id));
    if (scene) scenes.push_back(*scene);
  }
  DL_TRY(const auto quarantined, journal.quarantined_scenes());
  for (const auto& scene : quarantined) {
    const bool listed = std::any_of(scenes.begin(), scenes.end(), [&](const auto& one) { return one.id == scene.id; });
    if (scene.pass_id == pass_id && !listed) scenes.push_back(scene);
  }
  return scenes;
}

Result<std::vector<spool::SceneRow>> find(spool::Journal& journal, const control::Request& request) {
  const auto& selection = request.selection;
  if (!request.delivery_class.empty()) {
    const auto wanted = request.delivery_class == "raw" ? spool::DeliveryClass::raw : spool::DeliveryClass::level_0;
    return journal.undelivered_scenes(wanted, control::kRowLimitMax);
  }
  if (selection.scene_id.empty()) return scenes_of_pass(journal, selection.pass_id);
  DL_TRY(const auto scene, journal.scene(selection.scene_id));
  if (!scene) return refuse(fmt::format("there is no scene '{}'; 'scenes' lists them", selection.scene_id));
  if (!is_open(*scene))
    return refuse(fmt::format("scene '{}' is {}: there is nothing to give up", scene->id, to_string(scene->state)));
  return std::vector<spool::SceneRow>{*scene};
}

Result<control::DropRow> row_of(spool::Journal& journal, const spool::SceneRow& scene) {
  control::DropRow row;
  row.scene_id = scene.id;
  row.pass_id = scene.pass_id;
  row.size_bytes = scene.size_bytes;
  spool::DeliverySelection selection;
  selection.scene_id = scene.id;
  DL_TRY(const auto deliveries, journal.deliveries_after(0, selection, std::nullopt, control::kRowLimitMax));
  for (const auto& delivery : deliveries)
    ++(delivery.state == spool::DeliveryState::confirmed ? row.objects_confirmed : row.objects_missing);
  DL_TRY(const auto pass, journal.pass(scene.pass_id));
  row.recording_kept = pass && !pass->recording_dropped_at;
  return row;
}

void add(control::DropReport& report, control::DropRow row) {
  ++report.scenes;
  report.size_bytes += row.size_bytes;
  if (!row.recording_kept) ++report.scenes_that_cannot_be_made_again;
  report.rows.push_back(std::move(row));
}

control::DropReport begin_report(const control::Request& request) {
  control::DropReport report;
  report.dry_run = request.dry_run;
  report.selection = request.delivery_class.empty() ? control::to_text(request.selection)
                                                    : fmt::format("class '{}'", request.delivery_class);
  report.consequences =
      "their files leave the spool, what is at destinations stays there, and each is announced as dropped; "
      "those whose recording is kept can be made again with downlink-process batch";
  return report;
}

}  // namespace

Result<control::DropReport> scenes_to_drop(spool::Journal& journal, const control::Request& request) {
  auto report = begin_report(request);
  DL_TRY(const auto scenes, find(journal, request));
  for (const auto& scene : scenes) {
    if (!is_open(scene)) continue;
    DL_TRY(auto row, row_of(journal, scene));
    add(report, std::move(row));
  }
  return report;
}

Result<control::DropReport> drop_scenes(const spool::Layout& layout, spool::JournalAccess& journal,
                                        const Announcer& announcer, const std::string& reason,
                                        const control::DropReport& plan) {
  control::DropReport report = plan;
  report.dry_run = false;
  report.scenes = report.size_bytes = report.scenes_that_cannot_be_made_again = 0;
  report.rows.clear();
  const auto make = [&announcer](const spool::DroppedScene& dropped) { return announcer.scene_dropped(dropped); };
  const std::string why = reason.empty() ? "operator" : fmt::format("operator: {}", reason);
  for (const auto& row : plan.rows) {
    DL_TRY(const bool dropped, spool::drop_undelivered_scene(layout, journal, row.scene_id, why, make));
    if (dropped) add(report, row);
  }
  return report;
}

}  // namespace dl::daemon
