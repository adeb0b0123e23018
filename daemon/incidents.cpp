#include "daemon/incidents.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "daemon/log.h"

namespace dl::daemon {
namespace {

using Posted = spool::JournalService::Posted;

void log_incident(const std::string& kind, const std::string& subject, const std::string& message,
                  const std::string& action) {
  log_warning(fmt::format("incident '{}' about '{}': {}; {}", kind, subject, message, action));
}

}  // namespace

Incidents::Incidents(spool::JournalService& journal, const Clock& clock) : journal_(journal), clock_(clock) {}

void Incidents::open(const std::string& kind, const std::string& subject, const std::string& message,
                     const std::string& action) {
  const std::lock_guard lock(kept_->mutex);
  Entry* entry = entry_for(*kept_, {kind, subject});
  if (entry == nullptr) {
    log_incident(kind, subject, message, action);
    return;
  }
  ++entry->unwritten;
  entry->unwritten_close = false;
  entry->message = message;
  entry->action = action;
  const bool repeats = entry->is_open && clock_.steady_now() - entry->written_at < kRepeatInterval;
  if (repeats || post() == Posted::taken || std::exchange(entry->logged, true)) return;
  log_incident(kind, subject, message, action);
}

void Incidents::close(const std::string& kind, const std::string& subject) {
  const std::lock_guard lock(kept_->mutex);
  Entry* entry = entry_for(*kept_, {kind, subject});
  if (entry == nullptr) {
    log_warning(fmt::format("incident '{}' about '{}' is over, and could not be closed in the journal", kind, subject));
    return;
  }
  entry->unwritten_close = true;
  post();
}

void Incidents::flush() {
  const std::lock_guard lock(kept_->mutex);
  const auto unwritten = [](const auto& kept) { return kept.second.unwritten > 0 || kept.second.unwritten_close; };
  if (std::any_of(kept_->entries.begin(), kept_->entries.end(), unwritten)) post();
}

// Null when there is no room: everything that is kept is unwritten.
Incidents::Entry* Incidents::entry_for(Kept& kept, const Key& key) {
  if (const auto found = kept.entries.find(key); found != kept.entries.end()) return &found->second;
  if (kept.entries.size() >= kKeptLimit) {
    auto oldest = kept.entries.end();
    for (auto place = kept.entries.begin(); place != kept.entries.end(); ++place) {
      if (place->second.unwritten > 0 || place->second.unwritten_close) continue;
      if (oldest == kept.entries.end() || place->second.written_at < oldest->second.written_at) oldest = place;
    }
    if (oldest == kept.entries.end()) return nullptr;
    kept.entries.erase(oldest);
  }
  return &kept.entries[key];
}

Posted Incidents::post() {
  if (kept_->posted) return Posted::taken;
  const Posted posted = journal_.try_post(
      [kept = kept_, &clock = clock_](spool::Journal& journal) { return write(*kept, clock, journal); });
  kept_->posted = posted == Posted::taken;
  return posted;
}

Result<void> Incidents::write(Kept& kept, const Clock& clock, spool::Journal& journal) {
  std::vector<std::pair<Key, Entry>> taken;
  {
    const std::lock_guard lock(kept.mutex);
    kept.posted = false;
    for (auto place = kept.entries.begin(); place != kept.entries.end();) {
      Entry& entry = place->second;
      const bool closes = entry.unwritten_close;
      if (entry.unwritten > 0 || closes) taken.emplace_back(place->first, entry);
      if (entry.unwritten > 0) entry.written_at = clock.steady_now();
      entry.is_open = (entry.is_open || entry.unwritten > 0) && !closes;
      entry.unwritten = 0;
      entry.unwritten_close = entry.logged = false;
      place = closes ? kept.entries.erase(place) : std::next(place);
    }
  }
  Result<void> result;
  for (const auto& [key, entry] : taken) {
    if (auto written = write_one(kept, key, entry, journal); !written) result = std::move(written);
  }
  return result;
}

Result<void> Incidents::write_one(Kept& kept, const Key& key, const Entry& entry, spool::Journal& journal) {
  const auto& [kind, subject] = key;
  // Back to where it was, unless it is newer there.
  const auto keep = [&kept, &key = key](std::uint32_t times, const Entry& old) {
    const std::lock_guard lock(kept.mutex);
    Entry* again = entry_for(kept, key);
    if (again == nullptr) return;
    if (again->unwritten == 0) {
      again->message = old.message;
      again->action = old.action;
      again->unwritten_close = again->unwritten_close || old.unwritten_close;
    }
    again->unwritten += times;
  };
  if (entry.unwritten > 0) {
    const auto is_new = journal.open_incident(kind, subject, entry.message, entry.action, entry.unwritten);
    // On a full disk the log is the only place that still takes it.
    if (!is_new || *is_new) log_incident(kind, subject, entry.message, entry.action);
    if (!is_new) {
      keep(entry.unwritten, entry);
      return Failure(is_new.error());
    }
  }
  if (!entry.unwritten_close) return {};
  const auto closed = journal.close_incident(kind, subject);
  if (!closed) {
    keep(0, entry);
    return Failure(closed.error());
  }
  if (*closed) log_info(fmt::format("incident '{}' about '{}' is over", kind, subject));
  return {};
}

}  // namespace dl::daemon
