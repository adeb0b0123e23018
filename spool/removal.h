// Folders that are given up: out of sight at once, then off the disk.
#pragma once

#include <filesystem>

#include "core/error.h"
#include "spool/layout.h"

namespace dl::spool {

// By way of work/, which recovery empties: a kill in the middle leaves no half folder where whole ones are expected.
// Nothing happens when there is no such folder. Call it when the journal knows that the folder goes. Kinds: io,
// exhausted.
Result<void> remove_folder(const Layout& layout, const std::filesystem::path& folder);

}  // namespace dl::spool
