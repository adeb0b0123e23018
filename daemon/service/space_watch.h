// Looks at the free space of the spool while something fills it.
#pragma once

#include <functional>

#include "config/config.h"
#include "daemon/incidents.h"
#include "daemon/passes/pass_manager.h"
#include "spool/space.h"

namespace dl::daemon {

// Lives on the io thread. Everything it refers to must outlive it.
class SpaceWatch {
 public:
  SpaceWatch(asio::io_context& io, asio::thread_pool& blocking, PassManager& passes, Incidents& incidents,
             const config::Space& space);

  // Called when the state changes.
  void on_change(std::function<void(spool::SpaceState)> callback) { on_change_ = std::move(callback); }
  // Called after every look at the disk.
  void on_look(std::function<void(std::uint64_t available_bytes)> callback) { on_look_ = std::move(callback); }
  void start();
  void stop();
  void reload(const config::Space& space);

  [[nodiscard]] spool::SpaceState state() const { return guard_.state(); }
  [[nodiscard]] std::uint64_t available_bytes() const { return available_bytes_; }
  [[nodiscard]] const config::Space& thresholds() const { return space_; }

 private:
  static asio::awaitable<void> watch(SpaceWatch* self);
  void report(spool::SpaceState state);

  asio::io_context& io_;
  asio::thread_pool& blocking_;
  PassManager& passes_;
  Incidents& incidents_;
  config::Space space_;
  spool::SpaceGuard guard_;
  std::function<void(spool::SpaceState)> on_change_;
  std::function<void(std::uint64_t)> on_look_;
  std::uint64_t available_bytes_ = 0;
  bool stopping_ = false;
};

}  // namespace dl::daemon
