#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "spool/journal_implementation.h"

namespace dl::spool {

namespace {

#define DL_SELECT_ANNOUNCEMENTS                                                                                    \
  "SELECT sequence, event_id, type, publisher, scene_id, pass_id, ordering_key, attributes_json, payload, state, " \
  "attempts, next_attempt_at, message_id, last_error, created_at, sent_at FROM announcements "

Announcement read_announcement(Query& row) {
  Announcement announcement;
  announcement.sequence = row.integer();
  announcement.event_id = row.text();
  announcement.type = row.text();
  announcement.publisher = row.text();
  announcement.scene_id = row.text();
  announcement.pass_id = row.text();
  announcement.ordering_key = row.text();
  announcement.attributes_json = row.text();
  announcement.payload = row.text();
  announcement.state = announcement_state(row.text());
  announcement.attempts = row.u32();
  if (const UtcTime next = row.time(); next != UtcTime{}) announcement.next_attempt_at = next;
  announcement.message_id = row.text();
  announcement.last_error = row.text();
  announcement.created_at = row.time();
  announcement.sent_at = row.optional_time();
  return announcement;
}

Result<Announcement> expect_announcement(Journal::Implementation& journal, std::int64_t sequence,
                                         std::initializer_list<AnnouncementState> states) {
  DL_TRY(Query query, journal.query(DL_SELECT_ANNOUNCEMENTS "WHERE sequence = ?"));
  DL_TRY(std::optional<Announcement> announcement, first(query.bind(sequence), read_announcement));
  if (!announcement) return fail(ErrorKind::permanent, fmt::format("there is no announcement {}", sequence));
  for (const AnnouncementState state : states) {
    if (announcement->state == state) return std::move(*announcement);
  }
  return fail(ErrorKind::permanent, fmt::format("announcement {} ('{}') is '{}': that state does not change so",
                                                sequence, announcement->event_id, to_string(announcement->state)));
}

// The earliest pending one of the key is its head, no other is.
Result<void> find_new_head(Journal::Implementation& journal, const Announcement& changed) {
  if (changed.ordering_key.empty()) return {};
  DL_TRY(Query query, journal.query("SELECT MIN(sequence) FROM announcements WHERE publisher = ? AND ordering_key = ? "
                                    "AND state = 'pending'"));
  DL_CHECK(query.bind_all(changed.publisher, changed.ordering_key).step());
  const std::int64_t head = query.integer();
  DL_TRY(Query others, journal.query("UPDATE announcements SET head = 0 WHERE publisher = ? AND ordering_key = ? AND "
                                     "state = 'pending' AND head = 1 AND sequence <> ?"));
  DL_CHECK(others.bind_all(changed.publisher, changed.ordering_key, head).run());
  DL_TRY(Query update, journal.query("UPDATE announcements SET head = 1 WHERE sequence = ? AND head = 0"));
  DL_TRY(const std::uint32_t promoted, update.bind(head).run());
  if (promoted > 0) journal.uncommitted.announcements = true;
  return {};
}

struct Position {
  std::int64_t sequence = 0;
  std::string ordering_key;
};

Result<std::vector<Position>> due_heads(Journal::Implementation& journal, const std::string& publisher, UtcTime now,
                                        std::size_t limit) {
  DL_TRY(Query query, journal.query("SELECT sequence, ordering_key FROM announcements WHERE publisher = ? AND state = "
                                    "'pending' AND head = 1 AND (next_attempt_at <= ? OR next_attempt_at > ?) ORDER BY "
                                    "sequence LIMIT ?"));
  query.bind_all(publisher, now, now + kLongestWait, std::uint64_t{limit});
  return collect(query, [](Query& row) {
    Position position;
    position.sequence = row.integer();
    position.ordering_key = row.text();
    return position;
  });
}

// The one that follows in the same key, if it may go now.
Result<std::optional<std::int64_t>> due_follower(Journal::Implementation& journal, const std::string& publisher,
                                                 const Position& after, UtcTime now) {
  DL_TRY(Query query,
         journal.query("SELECT sequence, next_attempt_at FROM announcements WHERE publisher = ? AND "
                       "ordering_key = ? AND state = 'pending' AND sequence > ? ORDER BY sequence LIMIT 1"));
  DL_TRY(const bool found, query.bind_all(publisher, after.ordering_key, after.sequence).step());
  if (!found) return std::nullopt;
  const std::int64_t sequence = query.integer();
  const UtcTime next_attempt_at = query.time();
  if (next_attempt_at > now && next_attempt_at <= now + kLongestWait) return std::nullopt;
  return sequence;
}

}  // namespace

Result<void> insert_announcement(Journal::Implementation& journal, const Announcement& announcement) {
  const UtcTime created_at = announcement.created_at == UtcTime{} ? journal.clock.now() : announcement.created_at;
  DL_TRY(Query query, journal.query("INSERT INTO announcements (event_id, type, publisher, scene_id, pass_id, "
                                    "ordering_key, attributes_json, payload, "
                                    "created_at, head) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?6 = '' OR NOT "
                                    "EXISTS (SELECT 1 FROM announcements "
                                    "WHERE publisher = ?3 AND ordering_key = ?6 AND state = 'pending')) ON CONFLICT "
                                    "(event_id, publisher) DO NOTHING"));
  query.bind_all(announcement.event_id, announcement.type, announcement.publisher, announcement.scene_id,
                 announcement.pass_id, announcement.ordering_key, announcement.attributes_json, announcement.payload,
                 created_at);
  DL_TRY(const std::uint32_t added, query.run());
  if (added > 0) journal.uncommitted.announcements = true;
  return {};
}

Result<void> insert_announcements(Journal::Implementation& journal, const std::vector<Announcement>& announcements) {
  for (const Announcement& announcement : announcements) DL_CHECK(insert_announcement(journal, announcement));
  return {};
}

Result<void> Journal::add_announcement(const Announcement& announcement) {
  return implementation_->write([&] { return insert_announcement(*implementation_, announcement); });
}

Result<std::vector<Announcement>> Journal::due_announcements(const std::string& publisher, std::size_t limit) {
  // Merges the keys by sequence, so that the cost grows with the limit and not with the length of the outbox.
  Implementation& journal = *implementation_;
  const UtcTime now = journal.clock.now();
  DL_TRY(const std::vector<Position> heads, due_heads(journal, publisher, now, limit));
  std::map<std::int64_t, std::string> candidates;
  for (const Position& head : heads) candidates.emplace(head.sequence, head.ordering_key);
  std::vector<Announcement> due;
  while (!candidates.empty() && due.size() < limit) {
    const auto node = candidates.extract(candidates.begin());
    const Position taken{node.key(), node.mapped()};
    DL_TRY(Announcement announcement, expect_announcement(journal, taken.sequence, {AnnouncementState::pending}));
    due.push_back(std::move(announcement));
    if (taken.ordering_key.empty()) continue;
    DL_TRY(const std::optional<std::int64_t> follower, due_follower(journal, publisher, taken, now));
    if (follower) candidates.emplace(*follower, taken.ordering_key);
  }
  return due;
}

Result<std::optional<UtcTime>> Journal::next_announcement_time(const std::string& publisher, UtcTime after) {
  DL_TRY(Query query, implementation_->query(
                          "SELECT next_attempt_at FROM announcements WHERE publisher = ? AND state = 'pending' AND "
                          "head = 1 AND next_attempt_at > 0 AND next_attempt_at > ? AND next_attempt_at <= ? "
                          "ORDER BY next_attempt_at LIMIT 1"));
  return first(query.bind_all(publisher, after, implementation_->clock.now() + kLongestWait),
               [](Query& row) { return row.time(); });
}

Result<std::vector<Announcement>> Journal::announcements(std::size_t newest, bool unsent_only) {
  DL_TRY(Query query, implementation_->query(unsent_only ? DL_SELECT_ANNOUNCEMENTS
                                                 "WHERE state <> 'sent' ORDER BY sequence DESC LIMIT ?"
                                                         : DL_SELECT_ANNOUNCEMENTS "ORDER BY sequence DESC LIMIT ?"));
  return collect(query.bind(std::uint64_t{newest}), read_announcement);
}

Result<void> Journal::mark_sent(std::int64_t sequence, const std::string& message_id) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<void> {
    DL_TRY(const Announcement announcement,
           expect_announcement(journal, sequence, {AnnouncementState::pending, AnnouncementState::sent}));
    if (announcement.state == AnnouncementState::sent) return {};
    DL_TRY(Query query, journal.query("UPDATE announcements SET state = 'sent', head = 0, next_attempt_at = 0, "
                                      "message_id = ?, last_error = '', sent_at = ? WHERE sequence = ?"));
    DL_CHECK(query.bind_all(message_id, journal.clock.now(), sequence).run());
    return find_new_head(journal, announcement);
  });
}

Result<void> Journal::postpone_announcement(std::int64_t sequence, UtcTime next_attempt_at, const std::string& error) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<void> {
    DL_CHECK(expect_announcement(journal, sequence, {AnnouncementState::pending}));
    DL_TRY(Query query, journal.query("UPDATE announcements SET attempts = attempts + 1, next_attempt_at = ?, "
                                      "last_error = ? WHERE sequence = ?"));
    DL_CHECK(query.bind_all(std::min(next_attempt_at, journal.clock.now() + kLongestWait), error, sequence).run());
    return {};
  });
}

Result<void> Journal::park_announcement(std::int64_t sequence, const std::string& error) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<void> {
    DL_TRY(const Announcement announcement,
           expect_announcement(journal, sequence, {AnnouncementState::pending, AnnouncementState::parked}));
    DL_TRY(Query query, journal.query("UPDATE announcements SET state = 'parked', head = 0, next_attempt_at = 0, "
                                      "last_error = ? WHERE sequence = ?"));
    DL_CHECK(query.bind_all(error, sequence).run());
    return find_new_head(journal, announcement);
  });
}

Result<void> Journal::release_announcement(std::int64_t sequence) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<void> {
    DL_TRY(const Announcement announcement, expect_announcement(journal, sequence, {AnnouncementState::parked}));
    DL_TRY(Query query, journal.query("UPDATE announcements SET state = 'pending', head = (ordering_key = ''), "
                                      "attempts = 0 WHERE sequence = ?"));
    DL_CHECK(query.bind(sequence).run());
    journal.uncommitted.announcements = true;
    return find_new_head(journal, announcement);
  });
}

}  // namespace dl::spool
