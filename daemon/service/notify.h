// What we tell systemd (sd_notify(3)). Without systemd every call does nothing.
#pragma once

#include <optional>
#include <string>

#include "core/time.h"

namespace dl::daemon {

void notify_ready(const std::string& status);
void notify_status(const std::string& status);
// To be followed by notify_ready().
void notify_reloading();
void notify_stopping();
void notify_watchdog();
// How often to notify, half of what the unit allows; nullopt when it asks for nothing.
std::optional<Milliseconds> watchdog_interval();

}  // namespace dl::daemon
