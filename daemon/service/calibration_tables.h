// Which calibration is in force: the installed tables with the operator's overlays, checked as a whole, and kept for
// the passes that began with it.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "daemon/incidents.h"
#include "daemon/ingest/files/folder_watch.h"
#include "daemon/signal.h"
#include "daemon/supervisor/table_check.h"
#include "spool/layout.h"

namespace dl::daemon {

struct TablesSettings {
  std::filesystem::path program;   // downlink-process
  std::filesystem::path tables;    // empty: those that it finds
  std::filesystem::path overlays;  // is made when it is not there
  std::uint64_t memory_limit_bytes = 0;

  bool operator==(const TablesSettings&) const = default;
};

// What `downlinkctl status` shows.
struct TablesState {
  std::string sha256;  // of the set in force; empty: none, passes read the installed tables as they are
  std::optional<UtcTime> since;
  std::uint64_t rows = 0;
  std::string problem;  // why what is in the folders now is not in force; empty: it is
};

// Lives on the io thread. Everything it refers to must outlive it. A set is a folder of tables, <spool>/calibration/
// <sha256>; the name of the one in force stands in <spool>/calibration/in-force, so that it stays in force over a
// restart when what is in the folders then is bad.
class CalibrationTables {
 public:
  CalibrationTables(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock, spool::Layout layout,
                    Incidents& incidents, TablesSettings settings);

  // Asked for the sets that are needed though no pass.json names them yet.
  void ask_needed(std::function<std::vector<std::string>()> needed) { needed_ = std::move(needed); }
  // Looks at the folders now, and whenever they change.
  void start();
  void stop();
  // Looks again.
  void configure(TablesSettings settings);

  // Name of the set in force; waits until the first look is over. Empty when there is none.
  asio::awaitable<std::string> in_force();
  [[nodiscard]] const TablesState& state() const { return state_; }

 private:
  static asio::awaitable<void> watch(CalibrationTables* self);
  asio::awaitable<void> restore();
  asio::awaitable<void> look();
  asio::awaitable<void> put_in_force(TableCheckAnswer answer);
  asio::awaitable<void> tidy();
  void refuse(const std::string& why);
  asio::awaitable<void> watch_overlays();
  void look_again();
  void stop_watching();

  asio::io_context& io_;
  asio::thread_pool& blocking_;
  const Clock& clock_;
  const spool::Layout layout_;
  Incidents& incidents_;
  TablesSettings settings_;
  std::function<std::vector<std::string>()> needed_;
  TablesState state_;
  Signal changed_;
  std::map<std::filesystem::path, std::shared_ptr<FolderWatch>> folder_watches_;
  std::string seen_;  // the folders at the last look
  bool looked_ = false;
  bool poked_ = false;
  bool stopping_ = false;
};

}  // namespace dl::daemon
