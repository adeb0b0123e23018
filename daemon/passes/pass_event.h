// The announcement that a pass has been received and decoded: docs/formats/events.md.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "spool/journal.h"

namespace dl::daemon {

inline constexpr const char* kPassEnded = "org.downlinkd.pass.ended";

// One per publisher. The same pass gives the same event id, however often its decoding has to be repeated.
std::vector<spool::Announcement> pass_ended_announcements(const spool::Pass& pass, const std::string& report_json,
                                                          const std::vector<config::Publisher>& publishers);

}  // namespace dl::daemon
