// Makes room in the spool as the configuration says: now and then, when the disk fills up, and when somebody asks.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "config/config.h"
#include "core/clock.h"
#include "daemon/control/report.h"
#include "daemon/incidents.h"
#include "daemon/service/announcer.h"
#include "daemon/signal.h"
#include "spool/journal_service.h"
#include "spool/layout.h"
#include "spool/retention.h"

namespace dl::daemon {

spool::RetentionPolicy retention_policy(const config::Retention& retention);

// Lives on the io thread; what blocks runs on the pool, one round at a time. Everything it refers to must outlive it.
// Incident "quota_over": the limits are passed, and nothing that may be dropped is left.
class RetentionTask {
 public:
  RetentionTask(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock, const spool::Layout& layout,
                spool::JournalService& journal, Incidents& incidents, const Announcer& announcer,
                const config::Retention& retention);

  void start();
  void stop();
  void configure(const config::Retention& retention);
  // Something was delivered or recorded, or the disk runs full: a round soon.
  void poke();
  // A round now, or what it would do.
  asio::awaitable<Result<control::Report>> run(bool dry_run);
  // `heed` is called on the io thread, with the uploads that had begun of what was dropped or was to be.
  void on_dropped(std::function<void(std::vector<spool::Delivery>)> heed) { heed_ = std::move(heed); }

 private:
  struct Round {
    spool::RetentionPlan plan;
    std::uint64_t available_bytes = 0;
    spool::RetentionReport report;
    std::vector<spool::Delivery> begun;
  };
  static asio::awaitable<void> keep_room(RetentionTask* self);
  asio::awaitable<Result<Round>> round(bool dry_run);
  void tell(const Round& round);

  asio::io_context& io_;
  asio::thread_pool& blocking_;
  const Clock& clock_;
  const spool::Layout layout_;
  spool::JournalService& journal_;
  Incidents& incidents_;
  const Announcer& announcer_;
  config::Retention config_;
  std::function<void(std::vector<spool::Delivery>)> heed_;
  Signal changed_;
  std::optional<bool> over_told_;  // nothing yet: a run before this one may have left its incident open
  bool poked_ = false;
  bool busy_ = false;
  bool stopping_ = false;
};

}  // namespace dl::daemon
