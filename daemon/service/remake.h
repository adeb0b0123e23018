// Scenes whose files rotted in the spool are made again from their recordings.
#pragma once

#include <map>
#include <string>

#include "core/clock.h"
#include "daemon/incidents.h"
#include "daemon/passes/pass_manager.h"
#include "spool/journal_service.h"

namespace dl::daemon {

// Moves the folder of a quarantined scene aside, so that another of its name can be made. Nothing happens when it is
// not there. Blocks.
Result<void> move_to_quarantine(const spool::Layout& layout, const std::string& scene_id, UtcTime now);

// Lives on the io thread. Everything it refers to must outlive it. What is equal to what was committed leaves the
// quarantine when it is committed again (spool/journal.h, commit_scene). Incidents: "scene_unrecoverable" where no
// recording is left, or it gave no such scene any more; closed when the scene is well again.
class Remake {
 public:
  Remake(asio::io_context& io, asio::thread_pool& blocking, const Clock& clock, PassManager& passes,
         spool::JournalService& journal, Incidents& incidents);

  void start();
  void stop();
  // A scene may have come into quarantine.
  void poke();

 private:
  static asio::awaitable<void> watch(Remake* self);
  asio::awaitable<void> look();
  asio::awaitable<void> make_again(std::string pass_id, std::vector<spool::SceneRow> scenes);
  void give_up(const spool::SceneRow& scene, const std::string& why);

  asio::io_context& io_;
  asio::thread_pool& blocking_;
  const Clock& clock_;
  PassManager& passes_;
  spool::JournalService& journal_;
  Incidents& incidents_;
  Signal changed_;
  std::map<std::string, UtcTime> tried_;  // scene -> the quarantine that its pass was decoded for
  bool poked_ = false;
  bool stopping_ = false;
};

}  // namespace dl::daemon
