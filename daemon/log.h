// The daemon's log: standard error, one line per entry; with <priority> in front when systemd reads it.
#pragma once

#include <string_view>

#include "config/config.h"

namespace dl::daemon {

// At first: info.
void set_log_level(config::LogLevel level);

// Control characters in `text` are written as '?': what a peer or a child sent must not forge entries.
void log_error(std::string_view text);
void log_warning(std::string_view text);
void log_info(std::string_view text);
void log_debug(std::string_view text);

}  // namespace dl::daemon
