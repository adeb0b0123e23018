// pass.json in a pass folder: what a rebuilt journal needs to know about a recording.
//   {"format": "downlinkd.pass/1", "id", "source", "spacecraft", "station", "started_at", "ended_at": time or null,
//    "end_reason", "table_set": the calibration that it was begun with, left out before it is decoded,
//    "intake": what happened before the recording (spool/intake_json.h), left out when nothing did}
// Times are ISO 8601 UTC. Readers ignore members that they do not know.
#pragma once

#include <filesystem>

#include "core/error.h"
#include "spool/journal.h"

namespace dl::spool {

// Replaces <pass_directory>/pass.json durably. Kinds: exhausted, io.
Result<void> write_pass_file(const std::filesystem::path& pass_directory, const Pass& pass);

// The pass with state receiving (no end yet) or ended; everything that the file does not carry has its default.
// Kind corrupt when it is no pass.json or a member is missing or cannot be; io when there is none.
Result<Pass> read_pass_file(const std::filesystem::path& pass_directory);

}  // namespace dl::spool
