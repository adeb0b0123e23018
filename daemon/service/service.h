// downlinkd as a whole: what belongs together, the order in which it starts and stops, and its control reports.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "config/load.h"
#include "daemon/control_server.h"
#include "daemon/service/announcer.h"
#include "daemon/service/bandwidth_control.h"
#include "daemon/service/calibration_tables.h"
#include "daemon/service/clock_watch.h"
#include "daemon/service/remake.h"
#include "daemon/service/retention_task.h"
#include "daemon/service/source_set.h"
#include "daemon/service/space_watch.h"
#include "daemon/service/uplink.h"
#include "daemon/supervisor/process_supervisor.h"
#include "spool/spool_lock.h"

namespace dl::daemon {

// Reads the configuration again: for SIGHUP.
using LoadConfig = std::function<tl::expected<config::Config, config::ConfigErrors>()>;

class Service {
 public:
  // Makes the spool whole and takes it. Kinds: transient (another daemon has it), config, exhausted, io.
  static Result<std::unique_ptr<Service>> open(config::Config config, LoadConfig load, const Clock& clock);
  ~Service();

  // Runs until SIGTERM or SIGINT has been obeyed. Fails when the start fails.
  Result<void> run();

 private:
  Service(config::Config config, LoadConfig load, const Clock& clock, spool::SpoolLock lock);
  Result<void> announce_incidents();
  Result<void> recover_spool();

  static asio::awaitable<void> live(Service* self);
  static asio::awaitable<void> heed_signals(Service* self);
  static asio::awaitable<void> feed_watchdog(Service* self);
  static asio::awaitable<void> drain(Service* self);
  static asio::awaitable<void> reload(Service* self);
  static asio::awaitable<void> apply(Service* self, config::Config config);
  asio::awaitable<Result<void>> start();
  static asio::awaitable<Result<void>> start_uplink(Service* self);
  static asio::awaitable<void> report_unknown_names(Service* self);
  void make_parts();
  void make_delivery();
  void hear_news();
  static asio::awaitable<void> follow_passes(Service* self);
  void show_status();
  void note_what_needs_a_restart(const config::Config& wanted);
  [[nodiscard]] SupervisorSettings supervisor_settings() const;
  [[nodiscard]] TablesSettings tables_settings() const;

  // Control.
  asio::awaitable<Result<control::Report>> answer(control::Request request);
  asio::awaitable<Result<control::Report>> status_report();
  [[nodiscard]] control::Report sources_report() const;
  asio::awaitable<Result<control::Report>> destinations_report();
  asio::awaitable<Result<control::Report>> deliveries_report(control::Request request);
  asio::awaitable<Result<control::Report>> change(control::Request request);
  asio::awaitable<Result<control::Report>> drop(control::Request request);
  void give_up_uploads(std::vector<spool::Delivery> begun);
  Result<control::Report> bandwidth_report();
  asio::awaitable<Result<control::Report>> set_bandwidth(control::Request request);
  asio::awaitable<Result<control::Report>> verify(control::Request request);
  asio::awaitable<Result<control::Report>> wait_report(control::Request request);
  asio::awaitable<Result<control::WaitReport>> what_is_to_do(control::WaitCondition condition);
  [[nodiscard]] std::vector<control::ActivePassRow> active_passes() const;

  config::Config config_;
  const LoadConfig load_;
  const Clock& clock_;
  const spool::Layout layout_;
  spool::SpoolLock lock_;
  const UtcTime started_at_;
  UtcTime config_loaded_at_;
  const std::shared_ptr<Announcer> announcer_;  // the journal has it too

  // In the order in which they need each other.
  asio::io_context io_;
  asio::thread_pool blocking_;
  asio::thread_pool verifying_;  // hashing the whole spool takes hours, and nobody else should wait for it
  asio::thread_pool giving_up_;  // uploads of what was dropped: servers that do not answer keep nobody else waiting
  asio::signal_set signals_;
  std::unique_ptr<spool::JournalService> journal_;
  std::unique_ptr<Incidents> incidents_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<PassManager> passes_;
  std::unique_ptr<CalibrationTables> tables_;
  std::unique_ptr<ProcessSupervisor> supervisor_;
  std::unique_ptr<SpaceWatch> space_;
  std::unique_ptr<SourceSet> sources_;
  std::shared_ptr<Uplink> uplink_;
  std::unique_ptr<BandwidthControl> bandwidth_;
  std::unique_ptr<RetentionTask> retention_;
  std::unique_ptr<Remake> remake_;
  std::unique_ptr<ClockWatch> clock_watch_;
  std::shared_ptr<ControlServer> control_;
  Signal wake_;
  Result<void> result_;
  bool draining_ = false;
  std::atomic<bool> stop_requested_{false};  // draining_, for other threads
};

}  // namespace dl::daemon
