#include "uplink/events/scene_event.h"

#include <nlohmann/json.hpp>

#include "uplink/delivery/destination.h"

namespace dl::uplink {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// What both types have in common.
CloudEvent event_of(const spool::SceneRow& scene, const SceneEventOptions& options) {
  const std::string sensor = scene.platform + "/" + scene.instrument;
  CloudEvent event;
  event.station = options.station;
  event.scene_id = scene.id;
  event.pass_id = scene.pass_id;
  event.ordering_key = options.station + "/" + sensor;
  event.extensions = {{"scene_id", scene.id},
                      {"pass_id", scene.pass_id},
                      {"platform", scene.platform},
                      {"instrument", scene.instrument},
                      {"sensor", sensor}};
  return event;
}

}  // namespace

std::string event_id(const std::string& location, const std::string& object, const std::string& generation) {
  return event_id_of({location, object, generation});
}

std::vector<spool::Announcement> scene_announcements(const spool::DeliveredScene& delivered,
                                                     const SceneEventOptions& options) {
  const spool::Delivery& item = delivered.item;
  const auto prefix = options.object_prefixes.find(item.destination);
  const std::string object =
      prefixed_object_name(prefix == options.object_prefixes.end() ? "" : prefix->second, item.object_name);

  CloudEvent event = event_of(delivered.scene, options);
  event.id = event_id(delivered.location, object, item.generation);
  event.type = kSceneAvailable;
  event.subject = object;
  event.time = item.confirmed_at.value_or(delivered.scene.committed_at);
  event.extensions["eventType"] = "OBJECT_FINALIZE";
  event.extensions["bucketId"] = delivered.location;
  event.extensions["objectId"] = object;
  event.extensions["objectGeneration"] = item.generation;
  event.extensions["eventTime"] = format_utc(event.time);
  if (delivered.item_json.size() <= kLargestInlineItemBytes) {
    event.extensions["payloadFormat"] = "STAC_ITEM_V1";
    event.content_type = "application/geo+json";
    event.data = delivered.item_json;
  } else {
    event.extensions["payloadFormat"] = "STAC_ITEM_REFERENCE_V1";
    event.content_type = "application/json";
    event.data = text_of({{"bucket", delivered.location},
                          {"object", object},
                          {"generation", item.generation},
                          {"media_type", "application/geo+json"},
                          {"size_bytes", item.size_bytes},
                          {"sha256", item.sha256}});
  }
  return announcements_of(event, options.targets);
}

std::vector<spool::Announcement> scene_dropped_announcements(const spool::DroppedScene& dropped,
                                                             const SceneEventOptions& options) {
  const spool::SceneRow& scene = dropped.scene;
  CloudEvent event = event_of(scene, options);
  event.id = event_id_of({kSceneDropped, options.station, scene.id});
  event.type = kSceneDropped;
  event.subject = scene.object_prefix;
  event.time = scene.dropped_at.value_or(scene.committed_at);
  event.content_type = "application/json";
  event.data = text_of({{"scene_id", scene.id},
                        {"pass_id", scene.pass_id},
                        {"platform", scene.platform},
                        {"instrument", scene.instrument},
                        {"sensing_start", scene.sensing_start},
                        {"sensing_end", scene.sensing_end},
                        {"size_bytes", scene.size_bytes},
                        {"assets", scene.assets},
                        {"reason", dropped.reason},
                        {"objects_confirmed", dropped.objects_confirmed},
                        {"objects_missing", dropped.objects_missing},
                        {"dropped_at", format_utc(event.time)}});
  return announcements_of(event, options.targets);
}

}  // namespace dl::uplink
