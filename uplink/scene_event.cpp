#include "uplink/scene_event.h"

#include <nlohmann/json.hpp>

#include "core/sha256.h"
#include "uplink/destination.h"

namespace dl::uplink {

std::string event_id(const std::string& location, const std::string& object, const std::string& generation) {
  constexpr std::size_t kDigits = 32;
  return sha256_hex(as_bytes(location + "\n" + object + "\n" + generation)).substr(0, kDigits);
}

std::vector<spool::Announcement> scene_announcements(const spool::DeliveredScene& delivered,
                                                     const SceneEventOptions& options) {
  const spool::SceneRow& scene = delivered.scene;
  const spool::Delivery& item = delivered.item;
  const auto prefix = options.object_prefixes.find(item.destination);
  const std::string object =
      prefixed_object_name(prefix == options.object_prefixes.end() ? "" : prefix->second, item.object_name);
  const std::string id = event_id(delivered.location, object, item.generation);
  const UtcTime confirmed_at = item.confirmed_at.value_or(scene.committed_at);
  const std::string time = format_utc(confirmed_at);
  const std::string sensor = scene.platform + "/" + scene.instrument;

  const nlohmann::json attributes{{"eventType", "OBJECT_FINALIZE"},
                                  {"bucketId", delivered.location},
                                  {"objectId", object},
                                  {"objectGeneration", item.generation},
                                  {"eventTime", time},
                                  {"payloadFormat", "STAC_ITEM_V1"},
                                  {"ce-specversion", "1.0"},
                                  {"ce-id", id},
                                  {"ce-type", kSceneAvailable},
                                  {"ce-source", "//downlinkd/" + options.station},
                                  {"ce-time", time},
                                  {"ce-subject", object},
                                  {"content-type", "application/geo+json"},
                                  {"scene_id", scene.id},
                                  {"station", options.station},
                                  {"sensor", sensor},
                                  {"pass_id", scene.pass_id}};
  std::vector<spool::Announcement> made;
  for (const EventTarget& target : options.targets) {
    spool::Announcement announcement;
    announcement.event_id = id;
    announcement.type = kSceneAvailable;
    announcement.publisher = target.publisher;
    announcement.scene_id = scene.id;
    announcement.pass_id = scene.pass_id;
    if (target.ordered) announcement.ordering_key = options.station + "/" + sensor;
    announcement.attributes_json = attributes.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    announcement.payload = delivered.item_json;
    announcement.created_at = confirmed_at;
    made.push_back(std::move(announcement));
  }
  return made;
}

}  // namespace dl::uplink
