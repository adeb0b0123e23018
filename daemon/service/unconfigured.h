// Work that waits for a destination or publisher of a name that the configuration does not have (any more).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "spool/journal.h"

namespace dl::daemon {

using Queues = std::map<std::string, spool::QueueCounts>;  // by destination or publisher

// Those with open work (also parked) whose name is none of `configured`.
Queues unconfigured(Queues queues, const std::vector<std::string>& configured);

// The incidents "destination_not_configured" and "publisher_not_configured", one per name: opened while work waits for
// it, closed when it is configured again or nothing waits.
Result<void> report_unconfigured(spool::Journal& journal, const std::vector<std::string>& destinations,
                                 const std::vector<std::string>& publishers);

}  // namespace dl::daemon
