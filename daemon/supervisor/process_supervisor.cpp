#include "daemon/supervisor/process_supervisor.h"

#include <algorithm>
#include <csignal>
#include <cstring>

#include <fmt/format.h>

#include "core/file.h"
#include "daemon/log.h"
#include "daemon/offload.h"
#include "spool/intake_json.h"
#include "spool/scene_manifest.h"

namespace dl::daemon {
namespace {

// Exit codes of downlink-process (docs/formats/process-messages.md).
constexpr int kExitUsage = 64;
constexpr int kExitConfig = 78;

constexpr const char* kCrashKind = "process_crash";
constexpr const char* kFailureKind = "process_failed";
constexpr const char* kConfigKind = "process_configuration";
constexpr const char* kRebindKind = "spacecraft_differs";

double days(Milliseconds duration) {
  return std::chrono::duration<double, std::ratio<86400>>(duration).count();
}

constexpr const char* kUncommittedKind = "scene_not_committed";

struct Committed {
  bool is_new = false;
  std::string refusal;  // other content is there under this id; empty: it is committed
  bool rotten = false;  // and what is there had rotted, so neither of them can be sent
};

// Of a scene that downlink-process says is complete.
Result<Committed> commit_scene(spool::Journal& journal, const spool::Layout& layout, const std::string& scene_id,
                               const std::string& pass_id, const std::vector<spool::DeliveryTarget>& destinations) {
  const auto directory = layout.scene(scene_id);
  DL_TRY(const spool::SceneManifest manifest, spool::read_scene_manifest(directory));
  if (manifest.scene_id != scene_id) {
    return fail(ErrorKind::corrupt,
                fmt::format("the manifest in '{}' is of scene '{}'", directory.string(), manifest.scene_id));
  }
  const auto is_new = journal.commit_scene(manifest, pass_id, directory, destinations);
  if (is_new) return Committed{*is_new, "", false};
  if (is_new.error().kind != ErrorKind::corrupt) return Failure(is_new.error());
  DL_TRY(const auto known, journal.scene(scene_id));
  return Committed{false, is_new.error().message, known && known->quarantined_at};
}

struct Evidence {
  std::size_t reception = 0;
  Stretch stretch;
};

// What a death says against the stretch that was being decoded, of the reception that it was in. Where receptions are
// merged the frame that kills may have waited in another one: then this one's stretch grows until that shows.
std::optional<Evidence> add_evidence(std::vector<CrashHistory>& crashes, const Pass& pass, Death death) {
  std::size_t reception = pass.progress.reception;
  std::uint64_t offset = pass.progress.offset(reception);
  std::uint64_t size = pass.synced_bytes(reception);
  if (offset >= size) {
    // It had decoded all that there was, and waited for more.
    if (!pass.closed()) return std::nullopt;
    // It died over the end of the pass: of the blocks that there are, the last is to blame.
    while (reception > 0 && crashes[reception].covers(size)) size = pass.synced_bytes(--reception);
    offset = size - std::min<std::uint64_t>(size, 1);
  }
  const auto stretch = crashes[reception].add(offset, death);
  if (!stretch) return std::nullopt;
  return Evidence{reception, *stretch};
}

// Whether nothing of the pass is left to decode.
bool cover(const std::vector<CrashHistory>& crashes, const Pass& pass) {
  for (std::size_t reception = 0; reception < crashes.size(); ++reception) {
    const std::uint64_t size = pass.synced_bytes(reception);
    // A pass of one reception without any byte is not covered: it is tried again.
    if ((size > 0 || crashes.size() == 1) && !crashes[reception].covers(size)) return false;
  }
  return true;
}

}  // namespace

struct ProcessSupervisor::Case {
  std::shared_ptr<Pass> pass;
  std::vector<CrashHistory> crashes;  // of every reception
  unsigned crashes_in_a_row = 0;
  bool made_up_to_gap = false;  // what came before the first gap is decoded
};

ProcessSupervisor::ProcessSupervisor(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock,
                                     PassManager& passes, spool::JournalService& journal, Incidents& incidents,
                                     AnnouncePass announce, SupervisorSettings settings, SupervisorTiming timing)
    : io_(io),
      blocking_(blocking),
      clock_(clock),
      passes_(passes),
      journal_(journal),
      incidents_(incidents),
      announce_(std::move(announce)),
      settings_(std::move(settings)),
      timing_(timing),
      changed_(io) {}

void ProcessSupervisor::supervise(const std::shared_ptr<Pass>& pass) {
  const auto one = std::make_shared<Case>();
  one->pass = pass;
  asio::co_spawn(io_, decode(this, one), ReportEnd{"decoding a pass"});
}

void ProcessSupervisor::allow_scenes(bool allowed) {
  scenes_allowed_ = allowed;
  if (!allowed) {
    for (const auto& [id, run] : runs_) run->stop();
  }
  changed_.notify();
}

void ProcessSupervisor::reload(SupervisorSettings settings) {
  settings_ = std::move(settings);
  ++reloads_;
  changed_.notify();
}

void ProcessSupervisor::stop() {
  stopping_ = true;
  for (const auto& [id, run] : runs_) run->stop();
  changed_.notify();
}

asio::awaitable<void> ProcessSupervisor::decode(ProcessSupervisor* self, std::shared_ptr<Case> one) {
  std::vector<std::filesystem::path> directories;
  for (const PassReception& reception : one->pass->receptions()) directories.push_back(reception.directory);
  auto read = [directories] {
    std::vector<CrashHistory> histories;
    for (const auto& directory : directories) histories.emplace_back(read_quarantine(directory));
    return histories;
  };
  one->crashes = co_await on_pool(self->blocking_, std::move(read));
  while (co_await self->wait_for_turn(one)) {
    auto end = co_await self->run_once(one);
    --self->turns_taken_;
    self->changed_.notify();
    if (co_await self->judge(one, std::move(end))) co_return;
  }
}

// True when a process may be started, and counted; false when the daemon stops.
asio::awaitable<bool> ProcessSupervisor::wait_for_turn(std::shared_ptr<Case> one) {
  while (!stopping_) {
    const bool free = turns_taken_ < std::max(settings_.process.parallel_processes, 1U);
    const bool up_to_gap = one->pass->waits_for_fill() && one->pass->fill()->whole_bytes > 0 && !one->made_up_to_gap;
    const bool ready = one->pass->opened() && (up_to_gap || !one->pass->waits_for_fill());
    if (free && scenes_allowed_ && ready) {
      ++turns_taken_;
      co_return true;
    }
    if (ready) {
      co_await changed_.wait();
    } else {
      co_await one->pass->changed().wait_for(Milliseconds(1000));
    }
  }
  co_return false;
}

std::vector<std::string> ProcessSupervisor::arguments(const Pass& pass) const {
  const spool::Layout& layout = passes_.layout();
  const config::Process& process = settings_.process;
  const spool::Pass& row = pass.row();
  std::vector<std::string> words{"live",
                                 "--spacecraft",
                                 row.spacecraft,
                                 "--station",
                                 row.station,
                                 "--pass-id",
                                 row.id,
                                 "--recording",
                                 pass.directory().string(),
                                 "--work",
                                 layout.work(row.id).string(),
                                 "--scenes",
                                 layout.scenes().string(),
                                 "--control-fd",
                                 std::to_string(kControlDescriptor),
                                 "--started-at",
                                 format_utc(row.started_at),
                                 "--tle-age-flag-days",
                                 fmt::format("{}", days(process.tle_age_flag)),
                                 "--tle-age-refuse-days",
                                 fmt::format("{}", days(process.tle_age_refuse)),
                                 "--memory-limit-mib",
                                 std::to_string(process.memory_limit_bytes >> 20)};
  const auto add = [&words](const char* option, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {option, value});
  };
  add("--tle", process.tle_file.value_or("").string());
  add("--calibration-profile", process.calibration_profile);
  add("--spacecraft-directory", process.spacecraft_directory.value_or("").string());
  if (row.table_set.empty()) {
    add("--tables", process.tables_directory.value_or("").string());
    return words;
  }
  add("--tables", (layout.table_set(row.table_set) / "shipped").string());
  add("--overlays", (layout.table_set(row.table_set) / "overlays").string());
  return words;
}

// A pass keeps the calibration that it was begun with, over restarts too; so does one that is decoded again.
asio::awaitable<void> ProcessSupervisor::choose_table_set(std::shared_ptr<Pass> pass) {
  if (!table_set_in_force_) co_return;
  const std::string& kept = pass->row().table_set;
  std::error_code error;
  if (!kept.empty() && std::filesystem::is_directory(passes_.layout().table_set(kept), error)) co_return;
  if (!kept.empty()) {
    log_warning(
        fmt::format("pass '{}': the calibration that it was begun with, set {}, is gone; it goes on with the one "
                    "in force",
                    pass->id(), kept.substr(0, 12)));
  }
  std::string in_force = co_await table_set_in_force_();
  if (in_force != kept) co_await passes_.keep_table_set(pass, std::move(in_force));
}

asio::awaitable<Result<ProcessEnd>> ProcessSupervisor::run_once(std::shared_ptr<Case> one) {
  const auto pass = one->pass;
  co_await choose_table_set(pass);
  ProcessCommand command;
  command.program = settings_.program;
  command.arguments = arguments(*pass);
  one->crashes.resize(pass->receptions().size());
  for (const CrashHistory& history : one->crashes) command.quarantine.push_back(history.quarantined());
  command.stop_at_gap = pass->fill() != nullptr;
  command.hang_timeout = timing_.hang_timeout;
  command.kill_delay = timing_.kill_delay;
  auto ask = [id = pass->id()](spool::Journal& journal) { return journal.scene_ids_of_pass(id); };
  auto skip = co_await on_journal(journal_, std::move(ask));
  if (!skip) co_return Failure(skip.error());
  command.skip = std::move(*skip);
  pass->progress = {};
  pass->progress.scenes = command.skip.size();

  ProcessHandlers handlers;
  handlers.scene = [this, pass](std::string scene_id) { return commit(pass, std::move(scene_id)); };
  handlers.incident = [this, pass](const IncidentMessage& said) {
    incidents_.open(said.kind, said.subject.empty() ? pass->id() : said.subject, said.message, said.action);
  };
  handlers.rebind = [this, pass](const RebindMessage& said) {
    if (said.spacecraft == pass->row().spacecraft) return;
    incidents_.open(
        kRebindKind, pass->id(),
        fmt::format("the pass came from source '{}' as one of '{}', but its frames are of {}: it is decoded "
                    "as a pass of '{}'",
                    pass->row().source, pass->row().spacecraft, said.seen, said.spacecraft),
        "if the source receives another spacecraft now, correct its 'spacecraft'; nothing is lost");
    pass->rebind(said.spacecraft);
  };
  if (stopping_ || !scenes_allowed_) {
    ProcessEnd nothing_started;
    nothing_started.stopped = true;
    co_return nothing_started;
  }
  const auto run = std::make_shared<ProcessRun>(io_, clock_, pass, std::move(command), std::move(handlers));
  runs_[pass->id()] = run;
  pass->count_process_start();
  auto end = co_await ProcessRun::run(run);
  runs_.erase(pass->id());
  co_return end;
}

// True when there is nothing more to do for the pass.
asio::awaitable<bool> ProcessSupervisor::judge(std::shared_ptr<Case> one, Result<ProcessEnd> end) {
  const std::string& id = one->pass->id();
  if (stopping_ || (end && end->stopped)) co_return false;
  if (end && end->exit.code == 0 && (end->found_gap || one->pass->waits_for_fill())) {
    one->made_up_to_gap = true;
    one->pass->want_fill(0);
    co_return false;
  }
  if (end && end->exit.code == 0 && !end->report_json.empty() && one->pass->closed()) {
    co_await finished(one, spool::with_intake(end->report_json, one->pass->row().intake));
    co_return true;
  }
  if (end && !end->exit.code) {
    co_await crashed(one, std::move(*end));
    if (one->pass->closed() && cover(one->crashes, *one->pass)) {
      if (co_await announce(one->pass, "")) passes_.finish(one->pass, spool::PassState::failed, "");
      co_return true;
    }
    co_return false;
  }
  if (end && (end->exit.code == kExitUsage || end->exit.code == kExitConfig)) {
    incidents_.open(
        kConfigKind, id, fmt::format("downlink-process cannot decode the pass: {}", end->last_error_line),
        "correct the configuration, then reload downlinkd (SIGHUP); the recording is kept and decoded then");
    const std::uint64_t seen = reloads_;
    while (!stopping_ && reloads_ == seen) co_await changed_.wait();
    co_return false;
  }
  const std::string reason =
      !end ? end.error().message : fmt::format("it ended with exit code {}: {}", *end->exit.code, end->last_error_line);
  incidents_.open(kFailureKind, id, fmt::format("downlink-process failed: {}", reason),
                  "see the message; the recording is kept and decoding is tried again by itself");
  co_await pause(timing_.failure_delay);
  co_return false;
}

asio::awaitable<void> ProcessSupervisor::crashed(std::shared_ptr<Case> one, ProcessEnd end) {
  const auto pass = one->pass;
  pass->count_process_crash();
  const std::uint64_t offset = pass->progress.offset(pass->progress.reception);
  const char* const name = ::sigabbrev_np(end.exit.signal);
  const std::string how =
      fmt::format("SIG{}{}{}", name != nullptr ? name : "?",
                  end.last_error_line.empty() ? "" : ", its last words were: ", end.last_error_line);
  if (!end.said_progress) {
    // Died before it had looked at a byte: that is not the recording's fault.
    incidents_.open(
        kFailureKind, pass->id(), fmt::format("downlink-process died while starting ({})", how),
        "check the installation and process.memory_limit; the recording is kept and decoding is tried again by itself");
    co_await pause(timing_.failure_delay);
    co_return;
  }
  incidents_.open(kCrashKind, pass->id(),
                  fmt::format("downlink-process died in the block at byte {} ({})", offset, how),
                  "nothing to do now: it is started again and reads the recording from the start; report the crash");
  const Death death = end.exit.signal == SIGKILL && !end.killed ? Death::killed_from_outside : Death::crash;
  if (const auto evidence = add_evidence(one->crashes, *pass, death)) {
    one->crashes_in_a_row = 0;
    const PassReception& reception = pass->receptions()[evidence->reception];
    const Stretch& stretch = evidence->stretch;
    incidents_.open(
        "recording_quarantined", pass->id(),
        fmt::format("bytes {} to {} of the recording of '{}' killed downlink-process {} times and are stepped "
                    "over",
                    stretch.offset, stretch.offset + stretch.size, reception.source,
                    death == Death::crash ? kCrashesToQuarantine : kKillsToQuarantine),
        fmt::format("keep '{}' and report the crash; decode it again with a corrected version",
                    reception.directory.string()));
    auto write = [directory = reception.directory, stretches = one->crashes[evidence->reception].quarantined()] {
      return write_quarantine(directory, stretches);
    };
    const auto written = co_await on_pool(blocking_, std::move(write));
    if (!written) log_error(written.error().message);
    co_return;
  }
  const auto delay = timing_.crash_delay * (1U << std::min(one->crashes_in_a_row++, 10U));
  co_await pause(std::min<Milliseconds>(delay, timing_.crash_delay_max));
}

asio::awaitable<void> ProcessSupervisor::finished(std::shared_ptr<Case> one, std::string report_json) {
  auto write = [path = one->pass->directory() / "report.json", report_json] {
    return write_file_durably(path, as_bytes(report_json + "\n"));
  };
  const auto written = co_await on_pool(blocking_, std::move(write));
  // The journal has it too.
  if (!written) log_error(written.error().message);
  if (!co_await announce(one->pass, report_json)) co_return;
  for (const char* kind : {kCrashKind, kFailureKind, kConfigKind}) incidents_.close(kind, one->pass->id());
  passes_.finish(one->pass, spool::PassState::processed, std::move(report_json));
}

// Before the pass counts as processed: after a crash in between it is decoded again, and announced with the same id.
// False when the daemon stops first: the pass must not count as processed then.
asio::awaitable<bool> ProcessSupervisor::announce(std::shared_ptr<Pass> pass, std::string report_json) {
  const auto announcements = announce_(pass->row(), report_json);
  while (!stopping_) {
    auto add = [announcements](spool::Journal& journal) -> Result<void> {
      for (const auto& announcement : announcements) DL_CHECK(journal.add_announcement(announcement));
      return {};
    };
    const auto added = co_await on_journal(journal_, std::move(add));
    if (added) co_return true;
    if (added.error().kind == ErrorKind::cancelled) co_return false;
    log_error(fmt::format("pass '{}' cannot be announced, trying again: {}", pass->id(), added.error().message));
    co_await pause(timing_.failure_delay);
  }
  co_return false;
}

asio::awaitable<void> ProcessSupervisor::commit(std::shared_ptr<Pass> pass, std::string scene_id) {
  bool failed = false;
  while (!stopping_) {
    auto add = [layout = passes_.layout(), scene_id, pass_id = pass->id(), destinations = settings_.destinations](
                   spool::Journal& journal) { return commit_scene(journal, layout, scene_id, pass_id, destinations); };
    const auto committed = co_await on_journal(journal_, std::move(add));
    if (committed) {
      if (committed->is_new) ++pass->progress.scenes;
      if (failed) incidents_.close(kUncommittedKind, scene_id);
      if (!committed->refusal.empty()) {
        refuse(scene_id, committed->refusal, committed->rotten);
      } else {
        log_info(fmt::format("pass '{}': scene '{}' is committed", pass->id(), scene_id));
      }
      co_return;
    }
    const Error& error = committed.error();
    if (error.kind == ErrorKind::corrupt) {
      refuse(scene_id, error.message, /*rotten=*/false);
      co_return;
    }
    if (error.kind == ErrorKind::cancelled) co_return;
    failed = true;
    incidents_.open(kUncommittedKind, scene_id, error.message,
                    "see the message; committing is tried again by itself, the scene is on disk");
    co_await pause(timing_.failure_delay);
  }
}

void ProcessSupervisor::refuse(const std::string& scene_id, const std::string& why, bool rotten) {
  if (rotten) {
    incidents_.open("scene_changed", scene_id,
                    fmt::format("a file of the scene had rotted, and its recording gives another scene now: {}", why),
                    "elements, tables or the program changed since; look at both in scenes/ and quarantine/, then: "
                    "downlinkctl drop --scene " +
                        scene_id);
    return;
  }
  incidents_.open("scene_refused", scene_id, why,
                  "compare the two passes with downlink-process batch; a scene id names one content for ever");
}

// Or until the daemon stops.
asio::awaitable<void> ProcessSupervisor::pause(Milliseconds duration) {
  const SteadyTime deadline = clock_.steady_now() + duration;
  while (!stopping_) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - clock_.steady_now());
    if (left <= Milliseconds(0)) co_return;
    co_await changed_.wait_for(left);
  }
}

}  // namespace dl::daemon
