#include "uplink/delivery/incident_log.h"

#include <algorithm>
#include <iterator>

namespace dl::uplink {

void IncidentLog::load() {
  constexpr std::size_t kMost = 10'000;
  const auto known =
      journal_.call([](spool::Journal& journal) { return journal.incidents(/*open_only=*/true, kMost); });
  if (!known) return;
  const std::lock_guard lock(mutex_);
  for (const spool::Incident& incident : *known) open_.insert({incident.kind, incident.subject});
}

void IncidentLog::open(const std::string& kind, const std::string& subject, const std::string& message,
                       const std::string& action) {
  const auto opened =
      journal_.call([&](spool::Journal& journal) { return journal.open_incident(kind, subject, message, action); });
  if (opened) remember({kind, subject});
}

std::vector<IncidentLog::Key> IncidentLog::open_among(const std::vector<Key>& keys) const {
  const std::lock_guard lock(mutex_);
  std::vector<Key> found;
  std::copy_if(keys.begin(), keys.end(), std::back_inserter(found),
               [this](const Key& key) { return open_.contains(key); });
  return found;
}

Result<void> IncidentLog::close(spool::Journal& journal, const std::vector<Key>& keys) {
  for (const Key& key : keys) DL_CHECK(journal.close_incident(key.kind, key.subject));
  return {};
}

void IncidentLog::forget(const std::vector<Key>& keys) {
  const std::lock_guard lock(mutex_);
  for (const Key& key : keys) open_.erase(key);
}

void IncidentLog::remember(Key key) {
  const std::lock_guard lock(mutex_);
  open_.insert(std::move(key));
}

}  // namespace dl::uplink
