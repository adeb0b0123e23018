// What is announced, and to whom, as the configuration says at the moment.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/config.h"
#include "spool/journal.h"
#include "uplink/events/scene_event.h"

namespace dl::daemon {

// Safe for any thread: the journal asks on its own one.
class Announcer {
 public:
  explicit Announcer(const config::Config& config) { configure(config); }

  void configure(const config::Config& config);

  [[nodiscard]] std::vector<spool::Announcement> scene(const spool::DeliveredScene& delivered) const;
  [[nodiscard]] std::vector<spool::Announcement> scene_dropped(const spool::DroppedScene& dropped) const;
  [[nodiscard]] std::vector<spool::Announcement> pass_started(const spool::Pass& pass) const;
  // An empty report: it could not be decoded.
  [[nodiscard]] std::vector<spool::Announcement> pass_ended(const spool::Pass& pass, const std::string& report) const;
  [[nodiscard]] std::vector<spool::Announcement> incident(const spool::Incident& incident, bool opened) const;

 private:
  [[nodiscard]] std::shared_ptr<const uplink::SceneEventOptions> options() const;

  mutable std::mutex mutex_;
  std::shared_ptr<const uplink::SceneEventOptions> options_;
};

}  // namespace dl::daemon
