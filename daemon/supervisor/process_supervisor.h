// Has every pass decoded: starts downlink-process, starts it again when it dies, and steps over what kills it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "config/config.h"
#include "daemon/passes/pass_manager.h"
#include "daemon/supervisor/process_run.h"

namespace dl::daemon {

struct SupervisorSettings {
  config::Process process;
  std::filesystem::path program;                    // in force: configured, or beside our own
  std::vector<spool::DeliveryTarget> destinations;  // that every scene goes to
};

struct SupervisorTiming {
  Milliseconds crash_delay{1'000};  // doubles with every crash in a row, up to
  Milliseconds crash_delay_max{60'000};
  Milliseconds failure_delay{30'000};  // after an exit that is no crash: the disk, a file
  Milliseconds hang_timeout{600'000};
  Milliseconds kill_delay{5'000};
};

// The events about a pass that is over; without a report it could not be decoded.
using AnnouncePass =
    std::function<std::vector<spool::Announcement>(const spool::Pass&, const std::string& report_json)>;

// Lives on the io thread. Everything that it refers to must outlive it.
class ProcessSupervisor {
 public:
  ProcessSupervisor(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock, PassManager& passes,
                    spool::JournalService& journal, Incidents& incidents, AnnouncePass announce,
                    SupervisorSettings settings, SupervisorTiming timing = {});

  // Asked for the calibration in force when a pass is decoded for the first time; it keeps that.
  using TableSetInForce = std::function<asio::awaitable<std::string>()>;
  void ask_table_set(TableSetInForce in_force) { table_set_in_force_ = std::move(in_force); }

  // Returns at once; the pass is finished (PassManager::finish) when it is decoded.
  void supervise(const std::shared_ptr<Pass>& pass);
  // False: no process is started and running ones are ended, without a crash counted; recording goes on.
  void allow_scenes(bool allowed);
  // New settings; passes whose process found its configuration wrong are tried again.
  void reload(SupervisorSettings settings);
  // Ends every process: they start from the recording next time.
  void stop();
  [[nodiscard]] std::size_t running() const { return runs_.size(); }
  [[nodiscard]] Signal& changed() { return changed_; }

 private:
  struct Case;  // one pass in our care
  static asio::awaitable<void> decode(ProcessSupervisor* self, std::shared_ptr<Case> one);
  asio::awaitable<bool> wait_for_turn(std::shared_ptr<Case> one);
  asio::awaitable<void> choose_table_set(std::shared_ptr<Pass> pass);
  asio::awaitable<Result<ProcessEnd>> run_once(std::shared_ptr<Case> one);
  asio::awaitable<bool> judge(std::shared_ptr<Case> one, Result<ProcessEnd> end);
  asio::awaitable<void> crashed(std::shared_ptr<Case> one, ProcessEnd end);
  asio::awaitable<void> finished(std::shared_ptr<Case> one, std::string report_json);
  asio::awaitable<bool> announce(std::shared_ptr<Pass> pass, std::string report_json);
  asio::awaitable<void> commit(std::shared_ptr<Pass> pass, std::string scene_id);
  void refuse(const std::string& scene_id, const std::string& why, bool rotten);
  asio::awaitable<void> pause(Milliseconds duration);
  [[nodiscard]] std::vector<std::string> arguments(const Pass& pass) const;

  asio::io_context& io_;
  asio::thread_pool& blocking_;
  const Clock& clock_;
  PassManager& passes_;
  spool::JournalService& journal_;
  Incidents& incidents_;
  const AnnouncePass announce_;
  TableSetInForce table_set_in_force_;
  SupervisorSettings settings_;
  const SupervisorTiming timing_;
  Signal changed_;
  std::map<std::string, std::shared_ptr<ProcessRun>> runs_;  // by pass
  std::size_t turns_taken_ = 0;
  bool scenes_allowed_ = true;
  bool stopping_ = false;
  std::uint64_t reloads_ = 0;
};

}  // namespace dl::daemon
