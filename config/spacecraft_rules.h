// What the keys of a link profile must be to each other.
#pragma once

#include "config/cross_rules.h"
#include "link/profile.h"

namespace dl::config {

// Keys with a mistake of their own are left out.
void check_profile(const link::Profile& profile, Findings& findings);

}  // namespace dl::config
