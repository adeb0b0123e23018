#include "uplink/incident_log.h"

namespace dl::uplink {

void IncidentLog::load() {
  constexpr std::size_t kMost = 10'000;
  const auto known =
      journal_.call([](spool::Journal& journal) { return journal.incidents(/*open_only=*/true, kMost); });
  if (!known) return;
  const std::lock_guard lock(mutex_);
  for (const spool::Incident& incident : *known) open_.emplace(incident.kind, incident.subject);
}

void IncidentLog::open(const std::string& kind, const std::string& subject, const std::string& message,
                       const std::string& action) {
  const auto opened =
      journal_.call([&](spool::Journal& journal) { return journal.open_incident(kind, subject, message, action); });
  const std::lock_guard lock(mutex_);
  if (opened) open_.emplace(kind, subject);
}

void IncidentLog::close(const std::string& kind, const std::string& subject) {
  {
    const std::lock_guard lock(mutex_);
    if (open_.erase({kind, subject}) == 0) return;
  }
  const auto closed = journal_.call([&](spool::Journal& journal) { return journal.close_incident(kind, subject); });
  const std::lock_guard lock(mutex_);
  if (!closed) open_.emplace(kind, subject);
}

}  // namespace dl::uplink
