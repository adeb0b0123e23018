#include "daemon/service/service.h"

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
constexpr const char* kReloadKind = "reload_refused";

std::filesystem::path program_of(const config::Process& process) {
  if (process.program) return *process.program;
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return self.parent_path() / "downlink-process";
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
      io_(1),
      blocking_(2),
      signals_(io_),
      wake_(io_) {}

Service::~Service() {
  control_.reset();
  if (uplink_) uplink_->stop(Milliseconds(0));
  if (recorder_) recorder_->stop();
  blocking_.join();
  if (journal_) journal_->stop();
}

Result<void> Service::recover_spool() {
  if (journal_->rebuilt()) {
    log_error("the journal was damaged: it was moved aside and is made again from the spool folders");
  }
  spool::RecoveryOptions options;
  options.destinations = spool::all_required(names_of(config_.destinations));
  DL_TRY(const auto report, spool::recover(layout_, *journal_, options));
  for (const std::string& line : report.lines) log_info(line);
  return {};
}

SupervisorSettings Service::supervisor_settings() const {
  return {config_.process, program_of(config_.process), names_of(config_.destinations), config_.publishers};
}

Result<void> Service::run() {
  incidents_ = std::make_unique<Incidents>(*journal_, clock_);
  RecorderOptions recording;
  recording.stop_below_bytes = config_.space.stop_recording_below_bytes;
  recorder_ = std::make_unique<Recorder>(
      clock_, [this](std::function<void()> job) { asio::post(io_, std::move(job)); }, recording);
  passes_ = std::make_unique<PassManager>(io_, clock_, layout_, *journal_, *recorder_, *incidents_);
  supervisor_ = std::make_unique<ProcessSupervisor>(io_, blocking_, clock_, *passes_, *journal_, *incidents_,
                                                    supervisor_settings());
  passes_->on_pass([this](const std::shared_ptr<Pass>& pass) { supervisor_->supervise(pass); });
  space_ = std::make_unique<SpaceWatch>(io_, blocking_, *passes_, *incidents_, config_.space);
  space_->on_change([this](spool::SpaceState state) { supervisor_->allow_scenes(state == spool::SpaceState::ok); });
  sources_ = std::make_unique<SourceSet>(io_, blocking_, clock_, *passes_, *incidents_);
  uplink_ = std::make_shared<Uplink>(config_, layout_, *journal_, clock_);
  control_ = std::make_shared<ControlServer>(io_, config_.general.control_socket,
                                             [this](control::Request request) { return answer(std::move(request)); });
  journal_->on_failure([](const Error& error) { log_error(fmt::format("the journal failed: {}", error.message)); });

  for (const int number : {SIGTERM, SIGINT, SIGHUP}) signals_.add(number);
  asio::co_spawn(io_, live(this), ReportEnd{"the service"});
  io_.run();
  return result_;
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
  std::vector<std::string> source_names;
  for (const auto& source : config_.sources) source_names.push_back(source.name);
  auto recovered = co_await passes_->recover(std::move(source_names));
  if (!recovered) co_return recovered;
  sources_->configure(config_.sources, config_.general.station);
  auto controlled = control_->start();
  if (!controlled) co_return controlled;
  co_await start_uplink(this);
  co_return Result<void>();
}

// The engines ask the journal what an earlier run left, and wait for it.
asio::awaitable<void> Service::start_uplink(Service* self) {
  auto start = [uplink = self->uplink_] {
    uplink->start();
    return true;
  };
  co_await on_pool(self->blocking_, std::move(start));
  auto report = [destinations = names_of(self->config_.destinations), publishers = names_of(self->config_.publishers)](
                    spool::Journal& journal) { return report_unconfigured(journal, destinations, publishers); };
  const auto reported = co_await on_journal(*self->journal_, std::move(report));
  if (!reported) log_error(fmt::format("cannot look for work that nobody does: {}", reported.error().message));
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
  self->draining_ = true;
  self->wake_.notify();
  const SteadyTime deadline = self->clock_.steady_now() + self->config_.service.drain_timeout;
  self->sources_->stop();
  self->supervisor_->stop();
  self->space_->stop();
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
  auto finish = [uplink = self->uplink_, journal = self->journal_.get(), patience = std::max(left, Milliseconds(0))] {
    uplink->stop(patience);
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
  self->sources_->configure(self->config_.sources, self->config_.general.station);
  auto stop = [old = self->uplink_] {
    old->stop(kReloadPatience);
    return true;
  };
  co_await on_pool(self->blocking_, std::move(stop));
  self->uplink_ = std::make_shared<Uplink>(self->config_, self->layout_, *self->journal_, self->clock_);
  co_await start_uplink(self);
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
