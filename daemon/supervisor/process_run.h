// One life of downlink-process: from its start to its end, with everything that it says.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/passes/pass.h"
#include "daemon/supervisor/child_process.h"
#include "daemon/supervisor/crash_history.h"
#include "daemon/supervisor/process_messages.h"

namespace dl::daemon {

struct ProcessCommand {
  std::filesystem::path program;
  std::vector<std::string> arguments;
  std::vector<std::string> skip;                 // scenes that are committed
  std::vector<std::vector<Stretch>> quarantine;  // of every reception
  bool stop_at_gap = false;                      // what is missing is to be fetched first
  Milliseconds hang_timeout{600'000};            // with bytes to decode and no word: taken for dead
  Milliseconds kill_delay{5'000};                // from SIGTERM to SIGKILL
};

// What the run hands on. The awaitable is awaited before the next message is read.
struct ProcessHandlers {
  std::function<asio::awaitable<void>(std::string scene_id)> scene;
  std::function<void(const IncidentMessage&)> incident;
  std::function<void(const RebindMessage&)> rebind;
};

struct ProcessEnd {
  ChildExit exit;
  bool stopped = false;  // by stop(): whatever the exit says, it is no crash
  bool killed = false;   // by us: it hung, or sent a line without end
  bool said_progress = false;
  bool found_gap = false;       // what is behind it was not looked at
  std::string report_json;      // empty when it gave none
  std::string last_error_line;  // of its standard error, or what was wrong with its messages
};

class ProcessRun : public std::enable_shared_from_this<ProcessRun> {
 public:
  ProcessRun(asio::io_context& io, const Clock& clock, std::shared_ptr<Pass> pass, ProcessCommand command,
             ProcessHandlers handlers);

  // Starts the program and returns when it has ended and everything that it said is dealt with. Call once. Fails when
  // it cannot be started.
  static asio::awaitable<Result<ProcessEnd>> run(std::shared_ptr<ProcessRun> self);
  // Has it end: SIGTERM, later SIGKILL.
  void stop();

 private:
  using Self = std::shared_ptr<ProcessRun>;
  static asio::awaitable<void> tell(Self self);
  static asio::awaitable<void> tell_up_to_gap(Self self, std::uint64_t told);
  [[nodiscard]] std::string start_message() const;
  [[nodiscard]] bool has_work() const;
  static asio::awaitable<void> listen(Self self);
  static asio::awaitable<void> read_errors(Self self);
  static asio::awaitable<void> watch(Self self);
  asio::awaitable<bool> send(std::string line);
  asio::awaitable<void> handle(std::string line);
  void take(const ProgressMessage& said);
  void log_error_line(std::string line);

  asio::io_context& io_;
  const Clock& clock_;
  const std::shared_ptr<Pass> pass_;
  const ProcessCommand command_;
  const ProcessHandlers handlers_;
  std::optional<ChildProcess> child_;
  ProcessEnd end_;
  Signal wake_;
  SteadyTime last_word_{};
  bool listening_ = true;
  bool reading_errors_ = true;
  bool ended_ = false;
  bool handling_ = false;  // a message of the child, which may have to wait for it
};

}  // namespace dl::daemon
