// The part of recovery that looks at scenes/, for recovery.cpp.
#pragma once

#include <filesystem>
#include <vector>

#include "spool/recovery.h"

namespace dl::spool {

// The entries of a folder, sorted by name.
Result<std::vector<std::filesystem::path>> entries_of(const std::filesystem::path& folder);

// Commits complete scenes that the journal does not know, checks those that are not delivered, quarantines the rest.
Result<void> recover_scenes(const Layout& layout, JournalAccess& journal, const RecoveryOptions& options,
                            RecoveryReport& report);

}  // namespace dl::spool
