// Rows of the journal as rows of reports.
#pragma once

#include "daemon/control/protocol.h"
#include "spool/journal.h"

namespace dl::daemon {

control::PassRow to_row(const spool::Pass& pass, std::uint64_t scenes);
control::SceneRow to_row(const spool::SceneRow& scene);
control::IncidentRow to_row(const spool::Incident& incident);

// What the journal alone can answer of passes, scenes and incidents; deliveries: daemon/service/delivery_reports.h.
// `recordings` is the folder of the pass folders. Kind permanent when what was asked for is not there.
Result<control::Report> journal_report(spool::Journal& journal, const control::Request& request, UtcTime now,
                                       const std::filesystem::path& recordings);

}  // namespace dl::daemon
