// The journal's tables and how older ones become today's.
#pragma once

#include <span>

#include "core/error.h"
#include "spool/sqlite.h"

namespace dl::spool {

// The schema that this program writes. Kept in the file's user_version.
int newest_schema_version();

// Brings an empty or older journal to schema `version`, one transaction per version: whatever interrupts it leaves the
// older schema or the newer one. Kind unsupported when the file was written by a newer program; nothing is changed
// then. Turns foreign keys on.
Result<void> migrate(Database& database, int version = newest_schema_version());

// Every table, index and trigger of the newest schema is there as this program makes it; more may be. A flipped bit in
// one of these texts is no damage to SQLite, which then does something else. Kind corrupt.
Result<void> check_schema(Database& database);

// Element n brings a journal of version n to version n + 1 and ends with setting user_version. Append only: what an
// older program wrote is what they say.
std::span<const char* const> migrations();
extern const char* const kSchema1;
extern const char* const kSchema2;

}  // namespace dl::spool
