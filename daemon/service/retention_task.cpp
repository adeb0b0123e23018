#include "daemon/service/retention_task.h"

#include <fmt/format.h>

#include "daemon/log.h"
#include "daemon/offload.h"
#include "daemon/service/left_uploads.h"

namespace dl::daemon {
namespace {

constexpr Milliseconds kInterval{600'000};
// A survey reads every folder of the spool.
constexpr Milliseconds kPokedInterval{30'000};
constexpr const char* kOverKind = "quota_over";

std::vector<std::string> scenes_of(const spool::RetentionPlan& plan) {
  std::vector<std::string> ids;
  for (const auto& drop : plan.drops) {
    if (drop.step != spool::RetentionStep::recording) ids.push_back(drop.id);
  }
  return ids;
}

}  // namespace

spool::RetentionPolicy retention_policy(const config::Retention& retention) {
  spool::RetentionPolicy policy;
  policy.quota_bytes = retention.quota_bytes;
  policy.keep_free_bytes = retention.keep_free_bytes;
  policy.keep_delivered_for = retention.keep_delivered_for;
  policy.keep_recordings_for = retention.keep_recordings_for;
  policy.drop_recordings_without_scenes = retention.drop_recordings_without_scenes;
  policy.even_if_optional_wait = retention.drop_before_optional;
  policy.drop_undelivered_level_0 = retention.drop_undelivered_level_0;
  policy.drop_undelivered_scenes = retention.drop_undelivered_scenes;
  return policy;
}

RetentionTask::RetentionTask(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock,
                             const spool::Layout& layout, spool::JournalService& journal, Incidents& incidents,
                             const Announcer& announcer, const config::Retention& retention)
    : io_(io),
      blocking_(blocking),
      clock_(clock),
      layout_(layout),
      journal_(journal),
      incidents_(incidents),
      announcer_(announcer),
      config_(retention),
      changed_(io) {}

void RetentionTask::start() {
  asio::co_spawn(io_, keep_room(this), ReportEnd{"keeping room in the spool"});
}

void RetentionTask::stop() {
  stopping_ = true;
  changed_.notify();
}

void RetentionTask::configure(const config::Retention& retention) {
  if (retention == config_) return;
  config_ = retention;
  poke();
}

void RetentionTask::poke() {
  poked_ = true;
  changed_.notify();
}

asio::awaitable<void> RetentionTask::keep_room(RetentionTask* self) {
  while (!self->stopping_) {
    self->poked_ = false;
    const auto done = co_await self->round(/*dry_run=*/false);
    if (!done && done.error().kind != ErrorKind::cancelled)
      log_error(fmt::format("cannot make room in the spool, trying again: {}", done.error().message));
    // A plan has a few hundred candidates at most; where it dropped some, there may be more.
    const bool more = done && done->report.dropped > 0 && done->plan.missing_bytes > 0;
    const SteadyTime begin = self->clock_.steady_now();
    while (!self->stopping_ && !more) {
      const auto wait = self->poked_ || !done ? kPokedInterval : kInterval;
      const auto waited = std::chrono::floor<Milliseconds>(self->clock_.steady_now() - begin);
      if (waited >= wait) break;
      co_await self->changed_.wait_for(wait - waited);
    }
  }
}

asio::awaitable<Result<RetentionTask::Round>> RetentionTask::round(bool dry_run) {
  while (busy_ && !stopping_) co_await changed_.wait();
  if (stopping_) co_return fail(ErrorKind::cancelled, "the program is stopping");
  busy_ = true;
  auto work = [&journal = journal_, &announcer = announcer_, layout = layout_, policy = retention_policy(config_),
               now = clock_.now(), dry_run]() -> Result<Round> {
    Round done;
    DL_TRY(const auto contents, spool::survey_spool(layout, journal, policy));
    done.available_bytes = contents.available_bytes;
    done.plan = spool::plan_retention(policy, contents, now);
    if (dry_run) return done;
    DL_TRY(done.begun, journal.call([&](spool::Journal& owned) { return uploads_begun(owned, scenes_of(done.plan)); }));
    const auto make = [&announcer](const spool::DroppedScene& dropped) { return announcer.scene_dropped(dropped); };
    DL_TRY(done.report, spool::apply_retention(layout, journal, done.plan, make));
    return done;
  };
  auto done = co_await on_pool(blocking_, std::move(work));
  busy_ = false;
  changed_.notify();
  if (done && !dry_run) tell(*done);
  if (done && !done->begun.empty() && heed_) heed_(done->begun);
  co_return done;
}

void RetentionTask::tell(const Round& round) {
  for (const std::string& line : round.report.lines) log_info(line);
  const bool is_over = round.plan.missing_bytes > 0;
  if (over_told_ == is_over) return;
  over_told_ = is_over;
  const std::string root = layout_.root.string();
  if (!is_over) return incidents_.close(kOverKind, root);
  incidents_.open(kOverKind, root,
                  fmt::format("'{}' holds {} MiB, {} MiB more than [retention] allows, and nothing is left that may be "
                              "dropped",
                              root, round.plan.used_bytes >> 20, (round.plan.missing_bytes >> 20) + 1),
                  "look why scenes are not delivered (downlinkctl destinations), enlarge disk or quota, or give "
                  "something up: downlinkctl drop, or retention.drop_undelivered_level_0");
}

asio::awaitable<Result<control::Report>> RetentionTask::run(bool dry_run) {
  const auto done = co_await round(dry_run);
  if (!done) co_return Failure(done.error());
  control::RetentionReport report;
  report.now = clock_.now();
  report.dry_run = dry_run;
  report.spool_bytes = done->plan.used_bytes;
  report.quota_bytes = config_.quota_bytes;
  report.available_bytes = done->available_bytes;
  report.keep_free_bytes = config_.keep_free_bytes;
  report.bytes_missing = done->plan.missing_bytes;
  for (const auto& drop : done->plan.drops) {
    const bool is_recording = drop.step == spool::RetentionStep::recording;
    const bool is_undelivered =
        drop.step == spool::RetentionStep::undelivered_level_0 || drop.step == spool::RetentionStep::undelivered_scene;
    report.drops.push_back(
        {is_recording ? "recording" : "scene", drop.id, drop.size_bytes, drop.reason, !is_undelivered});
  }
  co_return control::Report(std::move(report));
}

}  // namespace dl::daemon
