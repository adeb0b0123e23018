// What an operator does with many deliveries at once, and settings that outlive a restart.
#include <fmt/format.h>

#include "spool/journal_implementation.h"

namespace dl::spool {

namespace {

// " AND ..." for every field of the selection that is there; bind_selection() binds in the same order. The texts are
// few: one for every set of fields.
std::string condition_of(const DeliverySelection& selection) {
  std::string condition;
  if (selection.delivery) condition += " AND d.id = ?";
  if (selection.scene_id) condition += " AND d.scene = (SELECT sequence FROM scenes WHERE id = ?)";
  if (selection.pass_id) condition += " AND d.scene IN (SELECT sequence FROM scenes WHERE pass_id = ?)";
  if (selection.destination) condition += " AND d.destination = ?";
  return condition;
}

void bind_selection(Query& query, const DeliverySelection& selection) {
  if (selection.delivery) query.bind(*selection.delivery);
  if (selection.scene_id) query.bind(*selection.scene_id);
  if (selection.pass_id) query.bind(*selection.pass_id);
  if (selection.destination) query.bind(*selection.destination);
}

constexpr std::string_view kUnfinished = "d.state <> 'confirmed' AND d.state <> 'dropped'";

Result<std::uint64_t> change(Journal::Implementation& journal, std::string_view set, std::string_view where,
                             const DeliverySelection& selection) {
  const std::string sql =
      fmt::format("UPDATE deliveries AS d SET {} WHERE {} AND {}{}", set, kUnfinished, where, condition_of(selection));
  return journal.write([&]() -> Result<std::uint64_t> {
    DL_TRY(Query query, journal.query(sql));
    bind_selection(query, selection);
    DL_TRY(const std::uint32_t changed, query.run());
    if (changed > 0) journal.uncommitted.deliveries = true;
    return std::uint64_t{changed};
  });
}

}  // namespace

Result<std::uint64_t> Journal::hold_deliveries(const DeliverySelection& selection) {
  return change(*implementation_, "on_hold = 1", "d.on_hold = 0", selection);
}

Result<std::uint64_t> Journal::release_deliveries(const DeliverySelection& selection) {
  // A session that ended in a permanent failure is not worth resuming; one that was only held is.
  return change(*implementation_,
                "on_hold = 0, state = CASE state WHEN 'parked' THEN 'queued' ELSE state END, parked_kind = '', "
                "session = CASE state WHEN 'parked' THEN '' ELSE session END, "
                "session_created_at = CASE state WHEN 'parked' THEN NULL ELSE session_created_at END, "
                "committed_bytes = CASE state WHEN 'parked' THEN 0 ELSE committed_bytes END, "
                "attempts = CASE state WHEN 'parked' THEN 0 ELSE attempts END",
                "(d.state = 'parked' OR d.on_hold = 1)", selection);
}

Result<std::uint64_t> Journal::retry_deliveries(const DeliverySelection& selection) {
  return change(*implementation_, "next_attempt_at = 0, attempts = 0", "d.next_attempt_at > 0", selection);
}

Result<std::uint64_t> Journal::prioritise_deliveries(const DeliverySelection& selection, bool urgent) {
  return urgent ? change(*implementation_, "urgent = 1", "d.urgent = 0", selection)
                : change(*implementation_, "urgent = 0", "d.urgent = 1", selection);
}

Result<std::vector<Delivery>> Journal::deliveries_after(std::int64_t after, const DeliverySelection& selection,
                                                        std::optional<DeliveryState> state, std::size_t limit) {
  std::string sql = DL_SELECT_DELIVERIES "WHERE d.id > ?" + condition_of(selection);
  if (state) sql += " AND d.state = ?";
  // Lets the walk use the index of what is unfinished.
  if (state && *state != DeliveryState::confirmed && *state != DeliveryState::dropped) {
    sql += fmt::format(" AND {}", kUnfinished);
  }
  sql += " ORDER BY d.id LIMIT ?";
  DL_TRY(Query query, implementation_->query(sql));
  query.bind(after);
  bind_selection(query, selection);
  if (state) query.bind(to_string(*state));
  return collect(query.bind(std::uint64_t{limit}), read_delivery);
}

Result<std::optional<std::string>> Journal::setting(const std::string& key) {
  DL_TRY(Query query, implementation_->query("SELECT value FROM settings WHERE key = ?"));
  return first(query.bind(key), [](Query& row) { return row.text(); });
}

Result<void> Journal::put_setting(const std::string& key, const std::string& value) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<void> {
    if (value.empty()) {
      DL_TRY(Query query, journal.query("DELETE FROM settings WHERE key = ?"));
      DL_CHECK(query.bind(key).run());
      return {};
    }
    DL_TRY(Query query, journal.query("INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET "
                                      "value = excluded.value"));
    DL_CHECK(query.bind_all(key, value).run());
    return {};
  });
}

}  // namespace dl::spool
