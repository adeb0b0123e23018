#include "core/file.h"
#include "spool/journal_implementation.h"

namespace dl::spool {

namespace {

#define DL_SELECT_INCIDENTS \
  "SELECT id, kind, subject, message, action, count, opened_at, last_seen_at, closed_at FROM incidents "

Incident read_incident(Query& row) {
  Incident incident;
  incident.id = row.integer();
  incident.kind = row.text();
  incident.subject = row.text();
  incident.message = row.text();
  incident.action = row.text();
  incident.count = row.u32();
  incident.opened_at = row.time();
  incident.last_seen_at = row.time();
  incident.closed_at = row.optional_time();
  return incident;
}

Result<void> announce(Journal::Implementation& journal, const Incident& incident, bool opened) {
  if (!journal.announce_incident) return {};
  return insert_announcements(journal, journal.announce_incident(incident, opened));
}

Result<std::optional<Incident>> find_open(Journal::Implementation& journal, const std::string& kind,
                                          const std::string& subject) {
  DL_TRY(Query query, journal.query(DL_SELECT_INCIDENTS "WHERE kind = ? AND subject = ? AND closed_at IS NULL"));
  return first(query.bind_all(kind, subject), read_incident);
}

Result<bool> put_incident(Journal::Implementation& journal, const std::string& kind, const std::string& subject,
                          const std::string& message, const std::string& action, std::uint32_t times) {
  const UtcTime now = journal.clock.now();
  // An open one keeps its age and shows the newest message.
  DL_TRY(Query again, journal.query("UPDATE incidents SET count = count + ?, last_seen_at = ?, message = ?, action = ? "
                                    "WHERE kind = ? AND subject = ? AND closed_at IS NULL"));
  DL_TRY(const std::uint32_t counted, again.bind_all(times, now, message, action, kind, subject).run());
  if (counted > 0) return false;
  DL_TRY(Query query, journal.query("INSERT INTO incidents (kind, subject, message, action, count, opened_at, "
                                    "last_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)"));
  DL_CHECK(query.bind_all(kind, subject, message, action, times, now, now).run());
  DL_CHECK(announce(journal, {journal.database.last_insert_id(), kind, subject, message, action, times, now, now, {}},
                    true));
  return true;
}

}  // namespace

Result<bool> Journal::open_incident(const std::string& kind, const std::string& subject, const std::string& message,
                                    const std::string& action, std::uint32_t times) {
  return implementation_->write([&] { return put_incident(*implementation_, kind, subject, message, action, times); });
}

void Journal::Implementation::record_reserve_use() {
  // What the caller wanted is durable; if this one finds no room either, the next failure is the caller's own.
  auto record = [this] {
    return put_incident(*this, "disk_full", "journal",
                        "the disk of the spool is full; the journal goes on in the space that it had put aside",
                        "Free space on the disk of the spool now: when the reserve is used up no scene can be "
                        "committed and no delivery confirmed.",
                        1);
  };
  static_cast<void>(attempt(record));
}

Result<bool> Journal::close_incident(const std::string& kind, const std::string& subject) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<bool> {
    DL_TRY(std::optional<Incident> incident, find_open(journal, kind, subject));
    if (!incident) return false;
    incident->closed_at = journal.clock.now();
    DL_TRY(Query query, journal.query("UPDATE incidents SET closed_at = ? WHERE id = ?"));
    DL_CHECK(query.bind_all(*incident->closed_at, incident->id).run());
    DL_CHECK(announce(journal, *incident, false));
    return true;
  });
}

void Journal::announce_incidents(MakeIncidentAnnouncements make) {
  implementation_->announce_incident = std::move(make);
}

Result<std::vector<Incident>> Journal::incidents(bool open_only, std::size_t newest) {
  DL_TRY(Query query,
         implementation_->query(open_only ? DL_SELECT_INCIDENTS "WHERE closed_at IS NULL ORDER BY id DESC LIMIT ?"
                                          : DL_SELECT_INCIDENTS "ORDER BY id DESC LIMIT ?"));
  return collect(query.bind(std::uint64_t{newest}), read_incident);
}

}  // namespace dl::spool
