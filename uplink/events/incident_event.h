// What is announced of an incident: that it began, and that it is over (docs/formats/events.md).
#pragma once

#include <string>
#include <vector>

#include "spool/journal.h"
#include "uplink/events/cloud_event.h"

namespace dl::uplink {

inline constexpr const char* kIncidentOpened = "org.downlinkd.incident.opened";
inline constexpr const char* kIncidentClosed = "org.downlinkd.incident.closed";

// For Journal::announce_incidents(). Both events of an incident name the time at which it opened; one that opens again
// is another one. None for "event_rejected": a publisher that takes no event would be sent one about each that it
// did not take, for ever.
std::vector<spool::Announcement> incident_announcements(const spool::Incident& incident, bool opened,
                                                        const std::string& station,
                                                        const std::vector<EventTarget>& targets);

}  // namespace dl::uplink
