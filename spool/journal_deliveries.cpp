#include <algorithm>

#include <fmt/format.h>

#include "spool/journal_implementation.h"

namespace dl::spool {

namespace {

std::optional<UtcTime> waits_until(UtcTime next_attempt_at) {
  if (next_attempt_at == UtcTime{}) return std::nullopt;
  return next_attempt_at;
}

}  // namespace

Delivery read_delivery(Query& row) {
  Delivery delivery;
  delivery.id = row.integer();
  delivery.scene_sequence = row.integer();
  delivery.scene_id = row.text();
  delivery.destination = row.text();
  delivery.asset = row.text();
  delivery.object_name = row.text() + "/" + delivery.asset;
  delivery.path = row.text() + "/" + delivery.asset;
  delivery.media_type = row.text();
  delivery.size_bytes = row.u64();
  delivery.sha256 = row.text();
  delivery.crc32c = row.u32();
  delivery.state = delivery_state(row.text());
  delivery.session = row.text();
  delivery.session_created_at = row.optional_time();
  delivery.committed_bytes = row.u64();
  delivery.attempts = row.u32();
  delivery.next_attempt_at = waits_until(row.time());
  delivery.last_error = row.text();
  delivery.generation = row.text();
  delivery.confirmed_at = row.optional_time();
  delivery.delivery_class = static_cast<DeliveryClass>(row.integer());  // the schema lets no other numbers in
  delivery.urgent = row.integer() != 0;
  delivery.on_hold = row.integer() != 0;
  delivery.required = row.integer() != 0;
  delivery.parked_kind = row.text();
  return delivery;
}

Result<std::optional<Delivery>> find_delivery(Journal::Implementation& journal, std::int64_t id) {
  DL_TRY(Query query, journal.query(DL_SELECT_DELIVERIES "WHERE d.id = ?"));
  return first(query.bind(id), read_delivery);
}

Result<Delivery> expect_delivery(Journal::Implementation& journal, std::int64_t id,
                                 std::initializer_list<DeliveryState> states) {
  DL_TRY(std::optional<Delivery> delivery, find_delivery(journal, id));
  if (!delivery) return fail(ErrorKind::permanent, fmt::format("there is no delivery {} in the journal", id));
  std::string expected;
  for (const DeliveryState state : states) {
    if (delivery->state == state) return std::move(*delivery);
    expected += fmt::format("{}'{}'", expected.empty() ? "" : " or ", to_string(state));
  }
  return fail(ErrorKind::permanent,
              fmt::format("delivery {} ('{}' to '{}'): expected state {}, found '{}'", id, delivery->object_name,
                          delivery->destination, expected, to_string(delivery->state)));
}

Result<std::optional<Delivery>> Journal::delivery(std::int64_t id) {
  return find_delivery(*implementation_, id);
}

Result<std::vector<Delivery>> Journal::deliveries(std::size_t newest, bool unfinished_only) {
  DL_TRY(Query query, implementation_->query(unfinished_only ? DL_SELECT_DELIVERIES
                                                 "WHERE d.state <> 'confirmed' AND d.state <> 'dropped' ORDER BY d.id "
                                                 "DESC LIMIT ?"
                                                             : DL_SELECT_DELIVERIES "ORDER BY d.id DESC LIMIT ?"));
  return collect(query.bind(std::uint64_t{newest}), read_delivery);
}

Result<void> Journal::record_session(std::int64_t id, const std::string& session) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<void> {
    DL_TRY(const Delivery delivery, expect_delivery(journal, id, {DeliveryState::queued, DeliveryState::uploading}));
    if (delivery.session == session && !session.empty()) return {};
    const std::optional<UtcTime> created_at =
        session.empty() ? std::nullopt : std::optional<UtcTime>(journal.clock.now());
    const DeliveryState state = session.empty() ? DeliveryState::queued : DeliveryState::uploading;
    DL_TRY(Query query, journal.query("UPDATE deliveries SET session = ?, session_created_at = ?, committed_bytes = 0, "
                                      "state = ? WHERE id = ?"));
    DL_CHECK(query.bind_all(session, created_at, to_string(state), id).run());
    return {};
  });
}

Result<void> Journal::record_progress(std::int64_t id, std::uint64_t committed_bytes) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<void> {
    DL_TRY(const Delivery delivery, expect_delivery(journal, id, {DeliveryState::queued, DeliveryState::uploading}));
    if (committed_bytes > delivery.size_bytes) {
      return fail(ErrorKind::corrupt,
                  fmt::format("delivery {} ('{}' to '{}'): expected at most {} committed bytes, "
                              "found {}",
                              id, delivery.object_name, delivery.destination, delivery.size_bytes, committed_bytes));
    }
    // A server that went back has made no progress: its attempts go on counting, or a loop would never end.
    const bool advanced = committed_bytes > delivery.committed_bytes;
    DL_TRY(Query query, journal.query("UPDATE deliveries SET state = 'uploading', committed_bytes = ?, attempts = ?, "
                                      "next_attempt_at = 0, last_error = ? WHERE id = ?"));
    query.bind_all(committed_bytes, advanced ? 0U : delivery.attempts, advanced ? "" : delivery.last_error.c_str(), id);
    DL_CHECK(query.run());
    return {};
  });
}

Result<void> Journal::postpone_delivery(std::int64_t id, UtcTime next_attempt_at, const std::string& error) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<void> {
    DL_CHECK(expect_delivery(journal, id, {DeliveryState::queued, DeliveryState::uploading}));
    DL_TRY(Query query, journal.query("UPDATE deliveries SET state = 'queued', attempts = attempts + 1, "
                                      "next_attempt_at = ?, last_error = ? WHERE id = ?"));
    DL_CHECK(query.bind_all(std::min(next_attempt_at, journal.clock.now() + kLongestWait), error, id).run());
    return {};
  });
}

Result<void> Journal::park_delivery(std::int64_t id, const std::string& kind, const std::string& error) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<void> {
    DL_CHECK(expect_delivery(journal, id, {DeliveryState::queued, DeliveryState::uploading, DeliveryState::parked}));
    DL_TRY(Query query, journal.query("UPDATE deliveries SET state = 'parked', parked_kind = ?, next_attempt_at = 0, "
                                      "last_error = ? WHERE id = ?"));
    DL_CHECK(query.bind_all(kind, error, id).run());
    return {};
  });
}

Result<void> Journal::release_delivery(std::int64_t id) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<void> {
    DL_CHECK(expect_delivery(journal, id, {DeliveryState::parked}));
    // A session that ended in a permanent failure is not worth resuming.
    DL_TRY(Query query,
           journal.query(
               "UPDATE deliveries SET state = 'queued', parked_kind = '', session = '', "
               "session_created_at = NULL, committed_bytes = 0, attempts = 0, next_attempt_at = 0 WHERE id = ?"));
    DL_CHECK(query.bind(id).run());
    journal.uncommitted.deliveries = true;
    return {};
  });
}

Result<void> Journal::record_part(std::int64_t id, const DeliveryPart& part) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<void> {
    DL_TRY(const Delivery delivery, expect_delivery(journal, id, {DeliveryState::uploading}));
    DL_TRY(Query query, journal.query("INSERT INTO delivery_parts (delivery, number, size_bytes, tag, crc32c) VALUES "
                                      "(?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET size_bytes = excluded.size_bytes, "
                                      "tag = excluded.tag, crc32c = excluded.crc32c"));
    DL_CHECK(query.bind_all(id, part.number, part.size_bytes, part.tag, part.crc32c).run());
    return {};
  });
}

Result<std::vector<DeliveryPart>> Journal::delivery_parts(std::int64_t id) {
  DL_TRY(Query query, implementation_->query("SELECT number, size_bytes, tag, crc32c FROM delivery_parts WHERE "
                                             "delivery = ? ORDER BY number"));
  return collect(query.bind(id), [](Query& row) {
    DeliveryPart part;
    part.number = row.u32();
    part.size_bytes = row.u64();
    part.tag = row.text();
    part.crc32c = row.u32();
    return part;
  });
}

}  // namespace dl::spool
