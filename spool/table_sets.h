// Sets of calibration tables that passes were begun with: <spool>/calibration/<sha256>.
#pragma once

#include <string>
#include <vector>

#include "core/error.h"
#include "spool/layout.h"

namespace dl::spool {

// The set that was in force last; empty when there is none, or its folder is gone.
std::string read_set_in_force(const Layout& layout);
// Kinds: exhausted, io.
Result<void> write_set_in_force(const Layout& layout, const std::string& sha256);

// Removes the sets that neither are in force, nor in `needed`, nor named in the pass.json of a recording that is still
// there. Returns their names. Kind io.
Result<std::vector<std::string>> remove_unused_sets(const Layout& layout, const std::vector<std::string>& needed);

}  // namespace dl::spool
