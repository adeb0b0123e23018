#include "daemon/passes/pass_event.h"

#include "uplink/pass_event.h"

namespace dl::daemon {

std::vector<uplink::EventTarget> event_targets(const std::vector<config::Publisher>& publishers) {
  std::vector<uplink::EventTarget> targets;
  for (const config::Publisher& publisher : publishers) targets.push_back({publisher.name, publisher.ordering});
  return targets;
}

std::vector<spool::Announcement> pass_started_announcements(const spool::Pass& pass,
                                                            const std::vector<config::Publisher>& publishers) {
  return uplink::pass_started_announcements(pass, event_targets(publishers));
}

std::vector<spool::Announcement> pass_ended_announcements(const spool::Pass& pass, const std::string& report_json,
                                                          const std::vector<config::Publisher>& publishers) {
  return uplink::pass_ended_announcements(pass, report_json, event_targets(publishers));
}

}  // namespace dl::daemon
