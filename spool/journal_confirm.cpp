// The last steps of a scene: an object is confirmed, the last confirmation delivers the scene and announces it.
#include <fmt/format.h>

#include "core/file.h"
#include "core/sha256.h"
#include "spool/journal_implementation.h"

namespace dl::spool {

namespace {

Result<void> mark_confirmed(Journal::Implementation& journal, std::int64_t id, const Confirmation& confirmation) {
  // The session is of no more use, and a capability that is not kept cannot leak.
  DL_TRY(Query query,
         journal.query("UPDATE deliveries SET state = 'confirmed', committed_bytes = size_bytes, session = "
                       "'', session_created_at = NULL, attempts = 0, next_attempt_at = 0, last_error = '', "
                       "generation = ?, location = ?, confirmed_at = ? WHERE id = ?"));
  DL_CHECK(query.bind_all(confirmation.generation, confirmation.location, journal.clock.now(), id).run());
  return {};
}

// J4: item.json becomes due when every other asset is at that destination.
Result<void> offer_item(Journal::Implementation& journal, std::int64_t scene, const std::string& destination) {
  DL_TRY(Query query, journal.query("UPDATE deliveries SET held = 0 WHERE scene = ?1 AND destination = ?2 AND held = 1 "
                                    "AND NOT EXISTS (SELECT 1 FROM deliveries other WHERE other.scene = ?1 AND "
                                    "other.destination = ?2 AND other.held = 0 AND other.state <> 'confirmed')"));
  DL_TRY(const std::uint32_t offered, query.bind_all(scene, destination).run());
  if (offered > 0) journal.uncommitted.deliveries = true;
  return {};
}

// Not delivered yet, and every required destination has everything.
Result<bool> is_complete_now(Journal::Implementation& journal, std::int64_t scene) {
  DL_TRY(Query query,
         journal.query("SELECT s.state = 'spooled' AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.scene "
                       "= s.sequence AND d.required = 1 AND d.state <> 'confirmed') FROM scenes s WHERE "
                       "s.sequence = ?"));
  DL_CHECK(query.bind(scene).step());
  return query.integer() == 1;
}

struct FirstItem {
  std::int64_t delivery = 0;
  std::string location;
};

Result<FirstItem> first_item(Journal::Implementation& journal, std::int64_t scene) {
  DL_TRY(Query query, journal.query("SELECT d.id, d.location FROM deliveries d JOIN scenes s ON s.sequence = d.scene "
                                    "WHERE d.scene = ? AND d.destination = s.first_destination "
                                    "ORDER BY d.position DESC LIMIT 1"));
  DL_CHECK(query.bind(scene).step());
  FirstItem item;
  item.delivery = query.integer();
  item.location = query.text();
  return item;
}

// The event carries item.json, so it has to be the one that was uploaded.
Result<std::string> read_item(const Delivery& item) {
  DL_TRY(std::string text, read_text_file(item.path));
  if (sha256_hex(as_bytes(text)) != item.sha256) {
    return fail(ErrorKind::corrupt, fmt::format("'{}' has changed since it was committed: expected sha256 {}, found {}",
                                                item.path, item.sha256, sha256_hex(as_bytes(text))));
  }
  return text;
}

Result<DeliveredScene> deliver(Journal::Implementation& journal, std::int64_t scene, const std::string& scene_id) {
  DL_TRY(Query query, journal.query("UPDATE scenes SET state = 'delivered', delivered_at = ? WHERE sequence = ?"));
  DL_CHECK(query.bind_all(journal.clock.now(), scene).run());
  DL_TRY(FirstItem first_of_policy, first_item(journal, scene));
  DL_TRY(std::optional<SceneRow> row, find_scene(journal, scene_id));
  DL_TRY(std::optional<Delivery> item, find_delivery(journal, first_of_policy.delivery));
  DL_TRY(std::string item_json, read_item(*item));
  return DeliveredScene{std::move(*row), std::move(*item), std::move(first_of_policy.location), std::move(item_json)};
}

}  // namespace

Result<bool> Journal::confirm_delivery(std::int64_t id, const Confirmation& confirmation,
                                       const MakeAnnouncements& make) {
  Implementation& journal = *implementation_;
  return journal.write([&]() -> Result<bool> {
    DL_TRY(const Delivery delivery,
           expect_delivery(journal, id, {DeliveryState::queued, DeliveryState::uploading, DeliveryState::confirmed}));
    // Said twice, for example because the first answer was lost in a failed commit that held after all.
    if (delivery.state == DeliveryState::confirmed) return false;
    DL_CHECK(mark_confirmed(journal, id, confirmation));
    DL_CHECK(offer_item(journal, delivery.scene_sequence, delivery.destination));
    DL_TRY(const bool complete, is_complete_now(journal, delivery.scene_sequence));
    if (!complete) return false;
    DL_TRY(const DeliveredScene delivered, deliver(journal, delivery.scene_sequence, delivery.scene_id));
    DL_CHECK(insert_announcements(journal, make(delivered)));
    return true;
  });
}

}  // namespace dl::spool
