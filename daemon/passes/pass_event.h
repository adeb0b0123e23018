// The events of a pass (uplink/pass_event.h) for the publishers of the configuration.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "spool/journal.h"
#include "uplink/cloud_event.h"

namespace dl::daemon {

std::vector<uplink::EventTarget> event_targets(const std::vector<config::Publisher>& publishers);

std::vector<spool::Announcement> pass_started_announcements(const spool::Pass& pass,
                                                            const std::vector<config::Publisher>& publishers);

// With an empty report: of a pass that could not be decoded.
std::vector<spool::Announcement> pass_ended_announcements(const spool::Pass& pass, const std::string& report_json,
                                                          const std::vector<config::Publisher>& publishers);

}  // namespace dl::daemon
