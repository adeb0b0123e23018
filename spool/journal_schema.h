// The journal's tables and how older ones become today's.
#pragma once

#include "core/error.h"
#include "spool/sqlite.h"

namespace dl::spool {

// The schema that this program writes. Kept in the file's user_version.
int newest_schema_version();

// Brings an empty or older journal to the newest schema, one transaction per version. Kind unsupported when the
// file was written by a newer program; nothing is changed then.
Result<void> migrate(Database& database);

}  // namespace dl::spool
