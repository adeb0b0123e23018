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
  const auto batch = std::make_shared<Batch>();
  const Posted posted = journal_.try_post(
      [kept = kept_, batch, &clock = clock_](spool::Journal& journal) {
        if (!batch->taken) take(*kept, clock, *batch);
        return write(*batch, journal);
      },
      [kept = kept_, batch](const Result<void>& outcome) { settle(*kept, *batch, outcome); });
  kept_->posted = posted == Posted::taken;
  return posted;
}

// Once, also when the journal runs the job again.
void Incidents::take(Kept& kept, const Clock& clock, Batch& batch) {
  const std::lock_guard lock(kept.mutex);
  batch.taken = true;
  kept.posted = false;
  for (auto place = kept.entries.begin(); place != kept.entries.end();) {
    Entry& entry = place->second;
    const bool closes = entry.unwritten_close;
    if (entry.unwritten > 0 || closes) batch.lines.push_back({place->first, entry});
    if (entry.unwritten > 0) entry.written_at = clock.steady_now();
    entry.is_open = (entry.is_open || entry.unwritten > 0) && !closes;
    entry.unwritten = 0;
    entry.unwritten_close = entry.logged = false;
    place = closes ? kept.entries.erase(place) : std::next(place);
  }
}

Result<void> Incidents::write(Batch& batch, spool::Journal& journal) {
  for (Line& line : batch.lines) {
    const auto& [kind, subject] = line.key;
    if (line.entry.unwritten > 0) {
      DL_TRY(line.is_new,
             journal.open_incident(kind, subject, line.entry.message, line.entry.action, line.entry.unwritten));
    }
    if (line.entry.unwritten_close) {
      DL_TRY(line.is_over, journal.close_incident(kind, subject));
    }
  }
  return {};
}

void Incidents::settle(Kept& kept, const Batch& batch, const Result<void>& outcome) {
  for (const Line& line : batch.lines) {
    const auto& [kind, subject] = line.key;
    // On a full disk the log is the only place that still takes it.
    const bool to_log = outcome ? line.is_new : line.entry.unwritten > 0 && !line.entry.logged;
    if (to_log) log_incident(kind, subject, line.entry.message, line.entry.action);
    if (outcome && line.is_over) log_info(fmt::format("incident '{}' about '{}' is over", kind, subject));
    if (!outcome) keep(kept, line);
  }
  if (!outcome && outcome.error().kind != ErrorKind::cancelled)
    log_error(fmt::format("incidents cannot be written, trying again: {}", outcome.error().message));
}

// Back to where it was, unless it is newer there.
void Incidents::keep(Kept& kept, const Line& line) {
  const std::lock_guard lock(kept.mutex);
  Entry* again = entry_for(kept, line.key);
  if (again == nullptr) return;
  if (again->unwritten == 0) {
    again->message = line.entry.message;
    again->action = line.entry.action;
    again->unwritten_close = again->unwritten_close || line.entry.unwritten_close;
  }
  again->unwritten += line.entry.unwritten;
  again->logged = true;
}

}  // namespace dl::daemon
