// Scenes that leave: their folder after delivery, or they themselves undelivered (J7), or their files for a while.
#include <fmt/format.h>

#include "spool/journal_implementation.h"

namespace dl::spool {

namespace {

Result<std::uint32_t> drop_open_deliveries(Journal::Implementation& journal, std::int64_t scene,
                                           const std::string& reason) {
  // What is known of the upload goes: a capability that is not kept cannot leak.
  DL_TRY(Query query,
         journal.query("UPDATE deliveries SET state = 'dropped', parked_kind = '', session = '', session_created_at = "
                       "NULL, next_attempt_at = 0, last_error = ? WHERE scene = ? AND state <> 'confirmed' AND state "
                       "<> 'dropped'"));
  return query.bind_all(reason, scene).run();
}

struct Objects {
  std::uint64_t confirmed = 0;
  std::uint64_t missing = 0;
};

Result<Objects> count_objects(Journal::Implementation& journal, std::int64_t scene) {
  DL_TRY(Query query, journal.query("SELECT COUNT(*) FILTER (WHERE state = 'confirmed'), COUNT(*) FILTER (WHERE state "
                                    "<> 'confirmed') FROM deliveries WHERE scene = ?"));
  DL_CHECK(query.bind(scene).step());
  Objects objects;
  objects.confirmed = query.u64();
  objects.missing = query.u64();
  return objects;
}

}  // namespace

Result<std::vector<SceneRow>> Journal::droppable_scenes(std::size_t limit, bool even_if_optional_wait) {
  DL_TRY(Query query, implementation_->query(
                          "SELECT " DL_SCENE_COLUMNS " FROM scenes WHERE state = 'delivered' AND dropped_at IS NULL "
                          "AND NOT EXISTS (SELECT 1 FROM announcements WHERE scene_id = scenes.id AND "
                          "announcements.state <> 'sent') AND (?1 OR NOT EXISTS (SELECT 1 FROM deliveries WHERE scene "
                          "= scenes.sequence AND deliveries.state <> 'confirmed' AND deliveries.state <> 'dropped')) "
                          "ORDER BY sequence LIMIT ?2"));
  return read_scenes(query.bind_all(std::int64_t{even_if_optional_wait ? 1 : 0}, std::uint64_t{limit}));
}

Result<std::uint64_t> Journal::kept_scene_bytes() {
  DL_TRY(Query query, implementation_->query("SELECT SUM(size_bytes) FROM scenes WHERE dropped_at IS NULL"));
  DL_CHECK(query.step());
  return query.u64();
}

Result<void> Journal::mark_dropped(const std::string& id) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<void> {
    DL_TRY(Query query, journal.query("UPDATE scenes SET dropped_at = ?, quarantined_at = NULL WHERE id = ? AND state "
                                      "= 'delivered' AND dropped_at IS NULL"));
    DL_TRY(const std::uint32_t changed, query.bind_all(journal.clock.now(), id).run());
    if (changed == 0) {
      return fail(ErrorKind::permanent, fmt::format("scene '{}': expected one that is delivered and on disk", id));
    }
    DL_TRY(const std::int64_t scene, scene_sequence(journal, id));
    DL_CHECK(drop_open_deliveries(journal, scene, "its files were removed after delivery to all required ones"));
    return {};
  });
}

Result<bool> Journal::drop_scene(const std::string& id, const std::string& reason, const MakeDropAnnouncements& make) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<bool> {
    DL_TRY(const std::int64_t scene, scene_sequence(journal, id));
    DL_TRY(Query query, journal.query("UPDATE scenes SET state = 'dropped', dropped_at = ?, drop_reason = ?, "
                                      "quarantined_at = NULL WHERE sequence = ? AND state = 'spooled'"));
    DL_TRY(const std::uint32_t changed, query.bind_all(journal.clock.now(), reason, scene).run());
    if (changed == 0) return false;
    DL_CHECK(drop_open_deliveries(journal, scene, "dropped: " + reason));
    DL_TRY(const Objects objects, count_objects(journal, scene));
    DL_TRY(std::optional<SceneRow> row, find_scene(journal, id));
    DL_CHECK(insert_announcements(journal, make({std::move(*row), reason, objects.confirmed, objects.missing})));
    return true;
  });
}

Result<std::vector<SceneRow>> Journal::undelivered_scenes(std::optional<DeliveryClass> only, std::size_t limit) {
#define DL_UNDELIVERED                                                                           \
  "SELECT " DL_SCENE_COLUMNS                                                                     \
  " FROM scenes WHERE state = 'spooled' AND NOT EXISTS (SELECT 1 FROM deliveries WHERE scene = " \
  "scenes.sequence AND deliveries.state = 'uploading') "
#define DL_OLDEST_FIRST "ORDER BY sequence LIMIT ?"
#define DL_HOLDS_PACKETS "EXISTS (SELECT 1 FROM assets WHERE scene = scenes.sequence AND media_type = ?) "
  if (!only) {
    DL_TRY(Query query, implementation_->query(DL_UNDELIVERED DL_OLDEST_FIRST));
    return read_scenes(query.bind(std::uint64_t{limit}));
  }
  if (*only == DeliveryClass::raw) {
    DL_TRY(Query query, implementation_->query(DL_UNDELIVERED "AND instrument = 'raw' " DL_OLDEST_FIRST));
    return read_scenes(query.bind(std::uint64_t{limit}));
  }
  if (*only == DeliveryClass::level_0) {
    DL_TRY(Query query, implementation_->query(
                            DL_UNDELIVERED "AND (instrument = 'level-0' OR " DL_HOLDS_PACKETS ") " DL_OLDEST_FIRST));
    return read_scenes(query.bind_all(kMediaTypeOfPackets, std::uint64_t{limit}));
  }
  DL_TRY(Query query, implementation_->query(DL_UNDELIVERED "AND instrument NOT IN ('level-0', 'raw') AND NOT "
                                                            DL_HOLDS_PACKETS DL_OLDEST_FIRST));
  return read_scenes(query.bind_all(kMediaTypeOfPackets, std::uint64_t{limit}));
#undef DL_HOLDS_PACKETS
#undef DL_OLDEST_FIRST
#undef DL_UNDELIVERED
}

Result<bool> Journal::is_in_upload(const std::string& id) {
  DL_TRY(Query query, implementation_->query("SELECT EXISTS (SELECT 1 FROM deliveries d JOIN scenes s ON s.sequence = "
                                             "d.scene WHERE s.id = ? AND d.state = 'uploading')"));
  DL_CHECK(query.bind(id).step());
  return query.integer() == 1;
}

Result<void> Journal::quarantine_scene(const std::string& id, const std::string& error) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<void> {
    DL_TRY(const std::int64_t scene, scene_sequence(journal, id));
    // Another session: the bytes that the server has so far may be the rotten ones.
    DL_TRY(Query query,
           journal.query("UPDATE deliveries SET state = 'parked', parked_kind = 'corrupt', session = '', "
                         "session_created_at = NULL, committed_bytes = 0, next_attempt_at = 0, last_error = ? WHERE "
                         "scene = ? AND state <> 'confirmed' AND state <> 'dropped'"));
    DL_TRY(const std::uint32_t parked, query.bind_all(error, scene).run());
    if (parked == 0) return {};
    DL_TRY(Query row, journal.query("UPDATE scenes SET quarantined_at = ? WHERE sequence = ? AND quarantined_at IS "
                                    "NULL AND dropped_at IS NULL"));
    DL_CHECK(row.bind_all(journal.clock.now(), scene).run());
    return {};
  });
}

Result<std::vector<SceneRow>> Journal::quarantined_scenes() {
  DL_TRY(Query query, implementation_->query("SELECT " DL_SCENE_COLUMNS
                                             " FROM scenes WHERE quarantined_at IS NOT NULL ORDER BY sequence"));
  return read_scenes(query);
}

}  // namespace dl::spool
