#include "daemon/service/remake.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/file.h"
#include "daemon/log.h"
#include "daemon/offload.h"

namespace dl::daemon {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds kInterval{600'000};
constexpr const char* kLostKind = "scene_unrecoverable";
constexpr const char* kChangedKind = "scene_changed";

struct Found {
  std::vector<spool::SceneRow> scenes;
  std::vector<spool::Incident> incidents;  // that are open
};

Result<Found> look_into(spool::Journal& journal) {
  Found found;
  DL_TRY(found.scenes, journal.quarantined_scenes());
  constexpr std::size_t kMost = 10'000;
  DL_TRY(found.incidents, journal.incidents(/*open_only=*/true, kMost));
  return found;
}

}  // namespace

Result<void> move_to_quarantine(const spool::Layout& layout, const std::string& scene_id, UtcTime now) {
  const fs::path folder = layout.scene(scene_id);
  std::error_code error;
  if (!fs::exists(folder, error)) return {};
  const fs::path aside = layout.quarantine() / fmt::format("{}-{}", scene_id, format_utc_compact(now));
  return rename_durably(folder, aside);
}

Remake::Remake(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock, PassManager& passes,
               spool::JournalService& journal, Incidents& incidents)
    : io_(io),
      blocking_(blocking),
      clock_(clock),
      passes_(passes),
      journal_(journal),
      incidents_(incidents),
      changed_(io) {}

void Remake::start() {
  asio::co_spawn(io_, watch(this), ReportEnd{"making rotten scenes again"});
}

void Remake::stop() {
  stopping_ = true;
  changed_.notify();
}

void Remake::poke() {
  poked_ = true;
  changed_.notify();
}

asio::awaitable<void> Remake::watch(Remake* self) {
  while (!self->stopping_) {
    self->poked_ = false;
    co_await self->look();
    if (!self->stopping_ && !self->poked_) co_await self->changed_.wait_for(kInterval);
  }
}

asio::awaitable<void> Remake::look() {
  auto ask = [](spool::Journal& journal) { return look_into(journal); };
  const auto found = co_await on_journal(journal_, std::move(ask));
  if (!found) {
    if (found.error().kind != ErrorKind::cancelled) log_error(found.error().message);
    co_return;
  }
  std::map<std::string, std::vector<spool::SceneRow>> by_pass;
  std::map<std::string, bool> in_quarantine;
  for (const auto& scene : found->scenes) {
    by_pass[scene.pass_id].push_back(scene);
    in_quarantine[scene.id] = true;
  }
  for (const auto& incident : found->incidents) {
    // Dropped, or made again after all.
    if ((incident.kind == kLostKind || incident.kind == kChangedKind) && !in_quarantine.contains(incident.subject))
      incidents_.close(incident.kind, incident.subject);
  }
  std::erase_if(tried_, [&](const auto& one) { return !in_quarantine.contains(one.first); });
  for (auto& [pass_id, scenes] : by_pass) {
    if (stopping_) co_return;
    co_await make_again(pass_id, std::move(scenes));
  }
}

asio::awaitable<void> Remake::make_again(std::string pass_id, std::vector<spool::SceneRow> scenes) {
  const auto& active = passes_.active();
  // It is being decoded: what becomes of its scenes is seen when that is over.
  if (std::any_of(active.begin(), active.end(), [&](const auto& pass) { return pass->id() == pass_id; })) co_return;
  const auto was_tried = [&](const spool::SceneRow& scene) {
    const auto place = tried_.find(scene.id);
    return place != tried_.end() && place->second == scene.quarantined_at;
  };
  for (const auto& scene : scenes) {
    if (was_tried(scene)) give_up(scene, "its recording was decoded again and did not give the same scene");
  }
  std::erase_if(scenes, was_tried);
  if (scenes.empty()) co_return;
  auto move = [layout = passes_.layout(), scenes, now = clock_.now()]() -> Result<void> {
    for (const auto& scene : scenes) DL_CHECK(move_to_quarantine(layout, scene.id, now));
    return {};
  };
  const auto moved = co_await on_pool(blocking_, std::move(move));
  if (!moved) {
    log_error(fmt::format("cannot move scenes of pass '{}' to quarantine: {}", pass_id, moved.error().message));
    co_return;
  }
  for (const auto& scene : scenes) tried_[scene.id] = scene.quarantined_at.value_or(UtcTime{});
  const auto taken = co_await passes_.take_up_again(pass_id);
  if (!taken) {
    log_error(fmt::format("cannot decode pass '{}' again: {}", pass_id, taken.error().message));
    for (const auto& scene : scenes) tried_.erase(scene.id);
  } else if (!*taken) {
    for (const auto& scene : scenes) give_up(scene, "there is no recording of it any more");
  } else {
    log_info(fmt::format("pass '{}' is decoded again for {} rotten scenes", pass_id, scenes.size()));
  }
}

void Remake::give_up(const spool::SceneRow& scene, const std::string& why) {
  incidents_.open(kLostKind, scene.id, fmt::format("a file of the scene rotted in the spool, and {}", why),
                  "what was not delivered of it is lost, unless the recording is found elsewhere (downlink-process "
                  "batch); look at quarantine/, check the disk, then: downlinkctl drop --scene " +
                      scene.id);
}

}  // namespace dl::daemon
