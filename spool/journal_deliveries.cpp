#include <fmt/format.h>

#include "spool/journal_implementation.h"

namespace dl::spool {

namespace {

#define DL_SELECT_DELIVERIES                                                                                       \
  "SELECT d.id, s.id, d.destination, a.name, s.object_prefix, s.directory, a.media_type, d.size_bytes, a.sha256, " \
  "a.crc32c, d.state, d.session, d.session_created_at, d.committed_bytes, d.attempts, d.next_attempt_at, "         \
  "d.last_error, d.generation, d.confirmed_at FROM deliveries d "                                                  \
  "JOIN scenes s ON s.sequence = d.scene JOIN assets a ON a.scene = d.scene AND a.position = d.position "

std::optional<UtcTime> waits_until(UtcTime next_attempt_at) {
  if (next_attempt_at == UtcTime{}) return std::nullopt;
  return next_attempt_at;
}

Delivery read_delivery(Query& row) {
  Delivery delivery;
  delivery.id = row.integer();
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
  return delivery;
}

}  // namespace

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

Result<std::vector<Delivery>> Journal::due_deliveries(const std::string& destination, std::size_t limit) {
  // The inner query walks deliveries_offered in order and stops at the limit, however many are queued.
  DL_TRY(Query query,
         implementation_->query(
             DL_SELECT_DELIVERIES
             "WHERE d.id IN (SELECT id FROM deliveries WHERE destination = ? AND held = 0 AND state IN ('queued', "
             "'uploading') AND next_attempt_at <= ? ORDER BY scene, position LIMIT ?) ORDER BY d.scene, d.position"));
  query.bind_all(destination, implementation_->clock.now(), std::uint64_t{limit});
  return collect(query, read_delivery);
}

Result<std::optional<UtcTime>> Journal::next_delivery_time(const std::string& destination, UtcTime after) {
  DL_TRY(Query query, implementation_->query(
                          "SELECT next_attempt_at FROM deliveries WHERE destination = ? AND held = 0 AND state IN "
                          "('queued', 'uploading') AND next_attempt_at > 0 AND next_attempt_at > ? "
                          "ORDER BY next_attempt_at LIMIT 1"));
  return first(query.bind_all(destination, after), [](Query& row) { return row.time(); });
}

Result<std::vector<Delivery>> Journal::deliveries(std::size_t newest, bool unfinished_only) {
  DL_TRY(Query query, implementation_->query(unfinished_only ? DL_SELECT_DELIVERIES
                                                 "WHERE d.state <> 'confirmed' ORDER BY d.id DESC LIMIT ?"
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
    DL_CHECK(query.bind_all(next_attempt_at, error, id).run());
    return {};
  });
}

Result<void> Journal::park_delivery(std::int64_t id, const std::string& error) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<void> {
    DL_CHECK(expect_delivery(journal, id, {DeliveryState::queued, DeliveryState::uploading, DeliveryState::parked}));
    DL_TRY(Query query, journal.query("UPDATE deliveries SET state = 'parked', next_attempt_at = 0, last_error = ? "
                                      "WHERE id = ?"));
    DL_CHECK(query.bind_all(error, id).run());
    return {};
  });
}

Result<std::uint32_t> Journal::park_scene(const std::string& scene_id, const std::string& error) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<std::uint32_t> {
    DL_TRY(Query query, journal.query("UPDATE deliveries SET state = 'parked', next_attempt_at = 0, last_error = ? "
                                      "WHERE scene = (SELECT sequence FROM scenes WHERE id = ?) AND state IN "
                                      "('queued', 'uploading')"));
    return query.bind_all(error, scene_id).run();
  });
}

Result<void> Journal::release_delivery(std::int64_t id) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<void> {
    DL_CHECK(expect_delivery(journal, id, {DeliveryState::parked}));
    // A session that ended in a permanent failure is not worth resuming.
    DL_TRY(Query query,
           journal.query("UPDATE deliveries SET state = 'queued', session = '', session_created_at = NULL, "
                         "committed_bytes = 0, attempts = 0, next_attempt_at = 0 WHERE id = ?"));
    DL_CHECK(query.bind(id).run());
    journal.uncommitted.deliveries = true;
    return {};
  });
}

}  // namespace dl::spool
