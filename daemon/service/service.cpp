#include "daemon/service/service.h"

#include <algorithm>
#include <csignal>

#include <fmt/format.h>

#include "daemon/log.h"
#include "daemon/offload.h"
#include "daemon/service/notify.h"
#include "daemon/service/unconfigured.h"
#include "spool/recovery.h"

namespace dl::daemon {
namespace {

// Of the time that SIGTERM leaves us, this is kept for the end of the journal.
constexpr Milliseconds kLastSteps{2'000};
constexpr Milliseconds kReloadPatience{10'000};
// Passes tell when they begin and are done with; that the last byte has come shows a little later.
constexpr Milliseconds kPassesInterval{2'000};
constexpr Milliseconds kIdlePassesInterval{600'000};
constexpr const char* kReloadKind = "reload_refused";

std::filesystem::path program_of(const config::Process& process) {
  if (process.program) return *process.program;
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return self.parent_path() / "downlink-process";
}

std::vector<spool::DeliveryTarget> targets_of(const std::vector<config::Destination>& destinations) {
  std::vector<spool::DeliveryTarget> targets;
  for (const auto& one : destinations) targets.emplace_back(one.name, one.required);
  return targets;
}

// Recovery has entered in the journal what the last run could not.
Result<void> close_settled(spool::Journal& journal) {
  constexpr std::size_t kMost = 10'000;
  DL_TRY(const auto incidents, journal.incidents(/*open_only=*/true, kMost));
  for (const auto& incident : incidents) {
    if (incident.kind != "scene_not_committed") continue;
    DL_TRY(const auto scene, journal.scene(incident.subject));
    if (scene) DL_CHECK(journal.close_incident(incident.kind, incident.subject));
  }
  return {};
}

template <class Named>
std::vector<std::string> names_of(const std::vector<Named>& configured) {
  std::vector<std::string> names;
  for (const auto& one : configured) names.push_back(one.name);
  return names;
}

}  // namespace

Result<std::unique_ptr<Service>> Service::open(config::Config config, LoadConfig load, const Clock& clock) {
  const spool::Layout layout{config.general.spool_directory};
  DL_CHECK(spool::make_spool_folders(layout));
  DL_TRY(spool::SpoolLock lock, spool::SpoolLock::take(layout.lock()));
  std::unique_ptr<Service> service(new Service(std::move(config), std::move(load), clock, std::move(lock)));
  DL_TRY(service->journal_, spool::JournalService::start(layout.journal(), clock));
  DL_CHECK(service->announce_incidents());
  DL_CHECK(service->recover_spool());
  return service;
}

Service::Service(config::Config config, LoadConfig load, const Clock& clock, spool::SpoolLock lock)
    : config_(std::move(config)),
      load_(std::move(load)),
      clock_(clock),
      layout_{config_.general.spool_directory},
      lock_(std::move(lock)),
      started_at_(clock.now()),
      config_loaded_at_(started_at_),
      announcer_(std::make_shared<Announcer>(config_)),
      io_(1),
      blocking_(2),
      verifying_(1),
      giving_up_(1),
      signals_(io_),
      wake_(io_) {}

Service::~Service() {
  control_.reset();
  stop_requested_ = true;
  if (uplink_) uplink_->stop(Milliseconds(0));
  if (recorder_) recorder_->stop();
  blocking_.join();
  verifying_.join();
  if (journal_) journal_->stop();
}

// From the first one on.
Result<void> Service::announce_incidents() {
  const auto make = [announcer = announcer_](const spool::Incident& incident, bool opened) {
    return announcer->incident(incident, opened);
  };
  return journal_->call([make](spool::Journal& journal) -> Result<void> {
    journal.announce_incidents(make);
    return {};
  });
}

Result<void> Service::recover_spool() {
  if (journal_->rebuilt()) {
    log_error("the journal was damaged: it was moved aside and is made again from the spool folders");
  }
  spool::RecoveryOptions options;
  options.destinations = targets_of(config_.destinations);
  DL_TRY(const auto report, spool::recover(layout_, *journal_, options));
  for (const std::string& line : report.lines) log_info(line);
  return journal_->call(&close_settled);
}

SupervisorSettings Service::supervisor_settings() const {
  return {config_.process, program_of(config_.process), targets_of(config_.destinations)};
}

TablesSettings Service::tables_settings() const {
  return {program_of(config_.process), config_.process.tables_directory.value_or(""),
          config_.process.overlays_directory, config_.process.memory_limit_bytes};
}

Result<void> Service::run() {
  make_parts();
  make_delivery();
  control_ = std::make_shared<ControlServer>(io_, config_.general.control_socket,
                                             [this](control::Request request) { return answer(std::move(request)); });
  journal_->on_failure([](const Error& error) { log_error(fmt::format("the journal failed: {}", error.message)); });
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) signals_.add(number);
  asio::co_spawn(io_, live(this), ReportEnd{"the service"});
  io_.run();
  return result_;
}

void Service::make_parts() {
  incidents_ = std::make_unique<Incidents>(*journal_, clock_);
  RecorderOptions recording;
  recording.stop_below_bytes = config_.space.stop_recording_below_bytes;
  recorder_ = std::make_unique<Recorder>(
      clock_, [this](std::function<void()> job) { asio::post(io_, std::move(job)); }, recording);
  passes_ = std::make_unique<PassManager>(io_, clock_, layout_, *journal_, *recorder_, *incidents_);
  const auto pass_ended = [announcer = announcer_](const spool::Pass& pass, const std::string& report) {
    return announcer->pass_ended(pass, report);
  };
  supervisor_ = std::make_unique<ProcessSupervisor>(io_, blocking_, clock_, *passes_, *journal_, *incidents_,
                                                    pass_ended, supervisor_settings());
  tables_ = std::make_unique<CalibrationTables>(io_, blocking_, clock_, layout_, *incidents_, tables_settings());
  tables_->ask_needed([this] {
    std::vector<std::string> sets;
    for (const auto& pass : passes_->active()) sets.push_back(pass->row().table_set);
    return sets;
  });
  supervisor_->ask_table_set([this] { return tables_->in_force(); });
  passes_->on_pass([this](const std::shared_ptr<Pass>& pass) { supervisor_->supervise(pass); });
  passes_->announce_beginning(
      [announcer = announcer_](const spool::Pass& pass) { return announcer->pass_started(pass); });
  space_ = std::make_unique<SpaceWatch>(io_, blocking_, *passes_, *incidents_, config_.space);
  space_->on_change([this](spool::SpaceState state) { supervisor_->allow_scenes(state == spool::SpaceState::ok); });
  space_->on_look([this](std::uint64_t available_bytes) {
    if (available_bytes < config_.retention.keep_free_bytes) retention_->poke();
  });
  sources_ = std::make_unique<SourceSet>(io_, blocking_, clock_, *passes_, *incidents_);
}

void Service::make_delivery() {
  uplink_ = std::make_shared<Uplink>(layout_, *journal_, *announcer_, clock_);
  bandwidth_ = std::make_unique<BandwidthControl>(io_, clock_, *journal_, uplink_->bandwidth(),
                                                  [this](uplink::Sending sending) { uplink_->allow(sending); });
  retention_ = std::make_unique<RetentionTask>(io_, blocking_, clock_, layout_, *journal_, *incidents_, *announcer_,
                                               config_.retention);
  retention_->on_dropped([this](std::vector<spool::Delivery> begun) { give_up_uploads(std::move(begun)); });
  remake_ = std::make_unique<Remake>(io_, blocking_, clock_, *passes_, *journal_, *incidents_);
  clock_watch_ = std::make_unique<ClockWatch>(io_, uplink_->server_times(), *incidents_);
}

asio::awaitable<void> Service::live(Service* self) {
  self->result_ = co_await self->start();
  if (self->result_) {
    self->show_status();
    log_info(fmt::format("downlinkd {} is ready, station '{}', spool '{}'", DL_VERSION, self->config_.general.station,
                         self->layout_.root.string()));
    asio::co_spawn(self->io_, feed_watchdog(self), ReportEnd{"the watchdog"});
    co_await heed_signals(self);
  }
  co_await drain(self);
  self->io_.stop();
}

asio::awaitable<Result<void>> Service::start() {
  // What is in force now is what the file says.
  incidents_->close(kReloadKind, config_.file.string());
  note_what_needs_a_restart(config_);
  space_->start();
  tables_->start();
  std::vector<std::string> source_names;
  for (const auto& source : config_.sources) source_names.push_back(source.name);
  passes_->bind(config_.sources);
  auto recovered = co_await passes_->recover(std::move(source_names));
  if (!recovered) co_return recovered;
  sources_->configure(config_.sources, {config_.general.station, config_.process.spacecraft_directory});
  auto controlled = control_->start();
  if (!controlled) co_return controlled;
  hear_news();
  auto uploading = co_await start_uplink(this);
  if (!uploading) co_return uploading;
  retention_->start();
  remake_->start();
  clock_watch_->start();
  co_return Result<void>();
}

// The engines ask the journal what an earlier run left, and wait for it.
asio::awaitable<Result<void>> Service::start_uplink(Service* self) {
  self->bandwidth_->configure(self->config_.bandwidth);
  auto limited = co_await self->bandwidth_->start();
  if (!limited) co_return limited;
  auto start = [change = self->uplink_->configure(self->config_)]() mutable {
    change.carry_out(Milliseconds(0));
    return true;
  };
  co_await on_pool(self->blocking_, std::move(start));
  co_await report_unknown_names(self);
  co_return Result<void>();
}

asio::awaitable<void> Service::report_unknown_names(Service* self) {
  auto report = [destinations = names_of(self->config_.destinations), publishers = names_of(self->config_.publishers)](
                    spool::Journal& journal) { return report_unconfigured(journal, destinations, publishers); };
  const auto reported = co_await on_journal(*self->journal_, std::move(report));
  if (!reported) log_error(fmt::format("cannot look for work that nobody does: {}", reported.error().message));
}

// What was delivered may be dropped; what was found rotten has to be made again. Both come with an event.
void Service::hear_news() {
  journal_->on_new_work([this](const spool::NewWork& work) {
    if (!work.announcements) return;
    asio::post(io_, [this] {
      if (draining_) return;
      retention_->poke();
      remake_->poke();
    });
  });
  asio::co_spawn(io_, follow_passes(this), ReportEnd{"following the passes"});
}

// While a pass is received the link may be wanted for it; one that has been decoded may be decoded again.
asio::awaitable<void> Service::follow_passes(Service* self) {
  std::size_t seen = 0;
  while (!self->draining_) {
    const auto& active = self->passes_->active();
    self->bandwidth_->set_receiving(
        std::any_of(active.begin(), active.end(), [](const auto& pass) { return !pass->ending(); }));
    if (active.size() < seen) self->remake_->poke();
    seen = active.size();
    co_await self->passes_->changed().wait_for(active.empty() ? kIdlePassesInterval : kPassesInterval);
  }
}

void Service::show_status() {
  notify_ready(fmt::format("station {}, {} sources, {} destinations", config_.general.station, config_.sources.size(),
                           config_.destinations.size()));
}

asio::awaitable<void> Service::heed_signals(Service* self) {
  while (true) {
    error_code error;
    const int number = co_await self->signals_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    if (number != SIGHUP) {
      log_info(number == SIGTERM ? "SIGTERM: stopping" : "SIGINT: stopping");
      co_return;
    }
    co_await reload(self);
  }
}

// From the io thread, for it is the one that may not hang; a disk that is slow is no reason to be killed.
asio::awaitable<void> Service::feed_watchdog(Service* self) {
  const auto interval = watchdog_interval();
  if (!interval) co_return;
  while (!self->draining_) {
    notify_watchdog();
    co_await self->wake_.wait_for(*interval);
  }
}

asio::awaitable<void> Service::drain(Service* self) {
  notify_stopping();
  self->draining_ = self->stop_requested_ = true;
  self->wake_.notify();
  const SteadyTime deadline = self->clock_.steady_now() + self->config_.service.drain_timeout;
  self->sources_->stop();
  self->supervisor_->stop();
  self->tables_->stop();
  self->space_->stop();
  self->bandwidth_->stop();
  self->retention_->stop();
  self->remake_->stop();
  self->clock_watch_->stop();
  auto flush = [recorder = self->recorder_.get()] {
    recorder->stop();
    return true;
  };
  co_await on_pool(self->blocking_, std::move(flush));
  while (self->supervisor_->running() > 0 && self->clock_.steady_now() < deadline) {
    co_await self->supervisor_->changed().wait_for(Milliseconds(1000));
  }
  const auto left = std::chrono::floor<Milliseconds>(deadline - self->clock_.steady_now()) - kLastSteps;
  self->incidents_->flush();
  auto finish = [self, uplink = self->uplink_, journal = self->journal_.get(),
                 patience = std::max(left, Milliseconds(0))] {
    uplink->stop(patience);
    self->giving_up_.join();
    journal->stop();
    return true;
  };
  co_await on_pool(self->blocking_, std::move(finish));
  self->control_->stop();
  log_info("downlinkd has stopped");
}

asio::awaitable<void> Service::reload(Service* self) {
  notify_reloading();
  auto load = [loader = self->load_] { return loader(); };
  auto loaded = co_await on_pool(self->blocking_, std::move(load));
  const std::string file = self->config_.file.string();
  if (loaded) {
    co_await apply(self, std::move(*loaded));
    self->incidents_->close(kReloadKind, file);
    log_info(fmt::format("the configuration '{}' was reloaded", file));
  } else {
    for (const auto& error : loaded.error().errors) log_error(error.text());
    self->incidents_->open(kReloadKind, file,
                           fmt::format("the configuration was not reloaded, the old one goes on: {}",
                                       loaded.error().errors.front().text()),
                           "correct it (downlinkd --check-config lists every mistake), then reload again");
  }
  self->show_status();
}

asio::awaitable<void> Service::apply(Service* self, config::Config config) {
  self->note_what_needs_a_restart(config);
  // These stay: they say where everything is.
  config.general.spool_directory = self->config_.general.spool_directory;
  config.general.control_socket = self->config_.general.control_socket;
  self->config_ = std::move(config);
  self->config_loaded_at_ = self->clock_.now();
  set_log_level(self->config_.general.log_level);
  self->recorder_->set_stop_below_bytes(self->config_.space.stop_recording_below_bytes);
  self->space_->reload(self->config_.space);
  self->supervisor_->reload(self->supervisor_settings());
  self->tables_->configure(self->tables_settings());
  self->sources_->configure(self->config_.sources,
                            {self->config_.general.station, self->config_.process.spacecraft_directory});
  self->announcer_->configure(self->config_);
  self->bandwidth_->configure(self->config_.bandwidth);
  self->retention_->configure(self->config_.retention);
  auto change = [change = self->uplink_->configure(self->config_)]() mutable {
    change.carry_out(kReloadPatience);
    return true;
  };
  co_await on_pool(self->blocking_, std::move(change));
  co_await report_unknown_names(self);
}

void Service::note_what_needs_a_restart(const config::Config& wanted) {
  const auto note = [this](const char* key, bool changed) {
    const std::string subject = fmt::format("general.{}", key);
    if (!changed) return incidents_->close(kReloadKind, subject);
    incidents_->open(
        kReloadKind, subject,
        fmt::format("'general.{}' has changed; the rest of the file is in force, the old one of this is used", key),
        "restart downlinkd");
  };
  note("spool_directory", wanted.general.spool_directory != config_.general.spool_directory);
  note("control_socket", wanted.general.control_socket != config_.general.control_socket);
}

}  // namespace dl::daemon
