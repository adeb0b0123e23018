#include "daemon/incidents.h"

#include <utility>

#include <fmt/format.h>

#include "daemon/log.h"

namespace dl::daemon {

void Incidents::open(std::string kind, std::string subject, std::string message, std::string action) {
  const bool taken = journal_.post([=](spool::Journal& journal) -> Result<void> {
    const auto is_new = journal.open_incident(kind, subject, message, action);
    // On a full disk the log is the only place that still takes it.
    if (!is_new || *is_new)
      log_warning(fmt::format("incident '{}' about '{}': {}; {}", kind, subject, message, action));
    if (!is_new) return Failure(is_new.error());
    return {};
  });
  if (!taken) log_warning(fmt::format("incident '{}' about '{}': {}; {}", kind, subject, message, action));
}

void Incidents::close(std::string kind, std::string subject) {
  journal_.post([=](spool::Journal& journal) -> Result<void> {
    DL_TRY(const bool closed, journal.close_incident(kind, subject));
    if (closed) log_info(fmt::format("incident '{}' about '{}' is over", kind, subject));
    return {};
  });
}

}  // namespace dl::daemon
