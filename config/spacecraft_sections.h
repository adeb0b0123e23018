// Reads the tables of a link profile into link::Profile. What the values must be to each other is checked by
// spacecraft_rules.h.
#pragma once

#include "config/spacecraft_table.h"
#include "link/profile.h"

namespace dl::config {

// Every key of the file. `top` is its top level.
void read_profile(SpacecraftTable& top, link::Profile& profile);

}  // namespace dl::config
