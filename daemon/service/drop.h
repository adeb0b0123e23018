// An operator gives up scenes that were not delivered.
#pragma once

#include "daemon/control/protocol.h"
#include "daemon/service/announcer.h"
#include "spool/journal_access.h"
#include "spool/layout.h"

namespace dl::daemon {

// What a request would drop, oldest first; a job for the journal. Kind permanent when what is named is not there, or
// was delivered.
Result<control::DropReport> scenes_to_drop(spool::Journal& journal, const control::Request& request);

// Does it, scene by scene; what is delivered meanwhile is left out of the report. Blocks. On failure what was dropped
// until then stays dropped.
Result<control::DropReport> drop_scenes(const spool::Layout& layout, spool::JournalAccess& journal,
                                        const Announcer& announcer, const std::string& reason,
                                        const control::DropReport& plan);

}  // namespace dl::daemon
