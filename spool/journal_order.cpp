// What goes next.
#include <cstdint>
#include <string_view>
#include <tuple>

#include "spool/journal_implementation.h"

namespace dl::spool {

namespace {

// A document of this size goes in a blink on any link; what is larger is data, whatever its type says.
constexpr std::uint64_t kSmallDocumentBytes = std::uint64_t{1} << 20;

bool is_json(std::string_view media_type) {
  return media_type.starts_with("application/json") || media_type.starts_with("application/geo+json");
}

// Packet files and their indexes, of the scene "level-0" and of archives of an instrument (docs/formats/level-0.md).
bool is_packet_file(std::string_view media_type) {
  return media_type == kMediaTypeOfPackets || media_type == "application/x-ndjson";
}

}  // namespace

DeliveryClass delivery_class_of(const SceneManifest& manifest, const ManifestAsset& asset) {
  if (asset.name == "item.json") return DeliveryClass::event;
  if (manifest.instrument == to_string(DeliveryClass::level_0)) return DeliveryClass::level_0;
  if (manifest.instrument == to_string(DeliveryClass::raw)) return DeliveryClass::raw;
  if (is_packet_file(asset.media_type)) return DeliveryClass::level_0;
  if (asset.media_type == "image/png" && asset.name.starts_with("quicklook")) return DeliveryClass::preview;
  if (is_json(asset.media_type) && asset.size_bytes <= kSmallDocumentBytes) return DeliveryClass::preview;
  return DeliveryClass::scene;
}

bool goes_before(const DeliveryRank& one, const DeliveryRank& other) {
  return std::tuple(!one.urgent, one.delivery_class, -one.scene_sequence) <
         std::tuple(!other.urgent, other.delivery_class, -other.scene_sequence);
}

// The inner query walks deliveries_offered in its order and stops at the limit, however many are queued; postponed ones
// are passed over in the index.
const std::string_view kSelectDueDeliveries = DL_SELECT_DELIVERIES
    "WHERE d.id IN (SELECT id FROM deliveries WHERE destination = ? AND held = 0 AND on_hold = 0 AND state IN "
    "('queued', 'uploading') AND (next_attempt_at <= ? OR next_attempt_at > ?) ORDER BY urgent DESC, "
    "delivery_class, scene DESC, position LIMIT ?) "
    "ORDER BY d.urgent DESC, d.delivery_class, d.scene DESC, d.position";

Result<std::vector<Delivery>> Journal::due_deliveries(const std::string& destination, std::size_t limit) {
  DL_TRY(Query query, implementation_->query(kSelectDueDeliveries));
  const UtcTime now = implementation_->clock.now();
  query.bind_all(destination, now, now + kLongestWait, std::uint64_t{limit});
  return collect(query, read_delivery);
}

Result<std::optional<UtcTime>> Journal::next_delivery_time(const std::string& destination, UtcTime after) {
  DL_TRY(Query query,
         implementation_->query(
             "SELECT next_attempt_at FROM deliveries WHERE destination = ? AND held = 0 AND on_hold = 0 AND state IN "
             "('queued', 'uploading') AND next_attempt_at > 0 AND next_attempt_at > ? AND next_attempt_at <= ? "
             "ORDER BY next_attempt_at LIMIT 1"));
  return first(query.bind_all(destination, after, implementation_->clock.now() + kLongestWait),
               [](Query& row) { return row.time(); });
}

}  // namespace dl::spool
