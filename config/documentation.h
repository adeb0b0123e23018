// The sample file and the manual page, made from the schema. config/downlinkd.toml and docs/man/downlinkd.toml.5 are
// checked in; a test compares them with this, and the target config-documentation-update writes them anew.
#pragma once

#include <string>

namespace dl::config {

std::string render_sample_config();
std::string render_manual_page();

}  // namespace dl::config
