#include "daemon/service/announcer.h"

#include "uplink/events/incident_event.h"
#include "uplink/events/pass_event.h"

namespace dl::daemon {

void Announcer::configure(const config::Config& config) {
  auto options = std::make_shared<uplink::SceneEventOptions>();
  options->station = config.general.station;
  for (const auto& publisher : config.publishers) options->targets.push_back({publisher.name, publisher.ordering});
  for (const auto& destination : config.destinations) {
    options->object_prefixes[destination.name] = destination.object_prefix;
  }
  const std::lock_guard lock(mutex_);
  options_ = std::move(options);
}

std::vector<spool::Announcement> Announcer::scene(const spool::DeliveredScene& delivered) const {
  return uplink::scene_announcements(delivered, *options());
}

std::vector<spool::Announcement> Announcer::scene_dropped(const spool::DroppedScene& dropped) const {
  return uplink::scene_dropped_announcements(dropped, *options());
}

std::vector<spool::Announcement> Announcer::pass_started(const spool::Pass& pass) const {
  return uplink::pass_started_announcements(pass, options()->targets);
}

std::vector<spool::Announcement> Announcer::pass_ended(const spool::Pass& pass, const std::string& report) const {
  return uplink::pass_ended_announcements(pass, report, options()->targets);
}

std::vector<spool::Announcement> Announcer::incident(const spool::Incident& incident, bool opened) const {
  const auto now = options();
  return uplink::incident_announcements(incident, opened, now->station, now->targets);
}

std::shared_ptr<const uplink::SceneEventOptions> Announcer::options() const {
  const std::lock_guard lock(mutex_);
  return options_;
}

}  // namespace dl::daemon
