// What is announced of a pass: that reception has begun, and that it is over and decoded (docs/formats/events.md).
#pragma once

#include <string>
#include <vector>

#include "spool/journal.h"
#include "uplink/events/cloud_event.h"

namespace dl::uplink {

inline constexpr const char* kPassStarted = "org.downlinkd.pass.started";
inline constexpr const char* kPassEnded = "org.downlinkd.pass.ended";

// The same pass gives the same event ids, however often it is taken up again after a restart.
std::vector<spool::Announcement> pass_started_announcements(const spool::Pass& pass,
                                                            const std::vector<EventTarget>& targets);

// The data are the pass report. Without a report the pass could not be decoded: the data say so, "outcome" is "failed"
// instead of "processed", and the id is another one, so that a report that is made later is news.
std::vector<spool::Announcement> pass_ended_announcements(const spool::Pass& pass, const std::string& report_json,
                                                          const std::vector<EventTarget>& targets);

}  // namespace dl::uplink
