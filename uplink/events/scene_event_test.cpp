#include "uplink/events/scene_event.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/sha256.h"
#include "uplink/events/pubsub_message.h"

namespace dl::uplink {
namespace {

spool::DeliveredScene delivered() {
  spool::DeliveredScene made;
  made.scene.id = "metop-b_avhrr-3_20260512T120000Z";
  made.scene.pass_id = "20260512T115203Z-antenna1";
  made.scene.platform = "metop-b";
  made.scene.instrument = "avhrr-3";
  made.item.destination = "cloud";
  made.item.object_name = "metop-b/avhrr-3/2026/05/12/metop-b_avhrr-3_20260512T120000Z/item.json";
  made.item.generation = "1778587200123456";
  made.item.confirmed_at = parse_utc("2026-05-12T12:05:00.25Z").value();
  made.item.size_bytes = 42;
  made.item.sha256 = std::string(64, 'a');
  made.location = "scenes";
  made.item_json = R"({"type":"Feature","stac_version":"1.0.0"})";
  return made;
}

spool::DroppedScene dropped() {
  spool::DroppedScene made;
  made.scene = delivered().scene;
  made.scene.object_prefix = "metop-b/avhrr-3/2026/05/12/metop-b_avhrr-3_20260512T120000Z";
  made.scene.sensing_start = "2026-05-12T12:00:00Z";
  made.scene.sensing_end = "2026-05-12T12:03:00Z";
  made.scene.size_bytes = 123;
  made.scene.assets = 9;
  made.scene.dropped_at = parse_utc("2026-05-20T00:00:00Z").value();
  made.reason = "quota";
  made.objects_confirmed = 2;
  made.objects_missing = 7;
  return made;
}

SceneEventOptions options() {
  return {"kiruna", {{"topic", true}, {"journal", false}}, {{"cloud", "north"}}};
}

TEST(SceneEvent, CarriesTheAttributesOfABucketNotificationAndOfACloudEvent) {
  const auto events = scene_announcements(delivered(), options());
  ASSERT_EQ(events.size(), 2U);
  const std::string object = "north/" + delivered().item.object_name;
  const std::string id = sha256_hex(as_bytes("scenes\n" + object + "\n1778587200123456")).substr(0, 32);
  const Attributes expected{{"eventType", "OBJECT_FINALIZE"},
                            {"bucketId", "scenes"},
                            {"objectId", object},
                            {"objectGeneration", "1778587200123456"},
                            {"eventTime", "2026-05-12T12:05:00.250Z"},
                            {"payloadFormat", "STAC_ITEM_V1"},
                            {"ce-specversion", "1.0"},
                            {"ce-id", id},
                            {"ce-type", "org.downlinkd.scene.available"},
                            {"ce-source", "//downlinkd/kiruna"},
                            {"ce-time", "2026-05-12T12:05:00.250Z"},
                            {"ce-subject", object},
                            {"content-type", "application/geo+json"},
                            {"scene_id", "metop-b_avhrr-3_20260512T120000Z"},
                            {"station", "kiruna"},
                            {"platform", "metop-b"},
                            {"instrument", "avhrr-3"},
                            {"sensor", "metop-b/avhrr-3"},
                            {"pass_id", "20260512T115203Z-antenna1"}};
  EXPECT_EQ(parse_attributes(events[0].attributes_json).value(), expected);
  EXPECT_EQ(events[0].event_id, id);
  EXPECT_EQ(events[0].payload, delivered().item_json);
  EXPECT_EQ(events[0].publisher, "topic");
  EXPECT_EQ(events[0].ordering_key, "kiruna/metop-b/avhrr-3");
  EXPECT_EQ(events[0].created_at, delivered().item.confirmed_at);
  EXPECT_EQ(events[1].ordering_key, "");
  EXPECT_TRUE(check_pubsub_limits(events[0]));
}

TEST(SceneEvent, SameSceneGivesTheSameEvent) {
  const auto first = scene_announcements(delivered(), options());
  const auto second = scene_announcements(delivered(), options());
  EXPECT_EQ(first[0].event_id, second[0].event_id);
  EXPECT_EQ(first[0].attributes_json, second[0].attributes_json);
  EXPECT_EQ(first[0].created_at, second[0].created_at);
}

TEST(SceneEvent, OtherBucketObjectOrGenerationIsAnotherEvent) {
  const std::string id = event_id("b", "o", "1");
  EXPECT_NE(event_id("c", "o", "1"), id);
  EXPECT_NE(event_id("b", "p", "1"), id);
  EXPECT_NE(event_id("b", "o", "2"), id);
  EXPECT_NE(event_id("b", "o\n1", ""), event_id("b\no", "1", "x"));
}

TEST(SceneEvent, ItemThatIsTooLargeForAMessageIsNamedInsteadOfSent) {
  spool::DeliveredScene scene = delivered();
  scene.item_json = std::string(kLargestInlineItemBytes, ' ');
  const auto inline_event = scene_announcements(scene, options())[0];
  EXPECT_EQ(inline_event.payload.size(), kLargestInlineItemBytes);
  EXPECT_TRUE(check_pubsub_limits(inline_event));

  scene.item_json += ' ';
  const auto event = scene_announcements(scene, options())[0];
  const Attributes attributes = parse_attributes(event.attributes_json).value();
  EXPECT_EQ(attributes.at("payloadFormat"), "STAC_ITEM_REFERENCE_V1");
  EXPECT_EQ(attributes.at("content-type"), "application/json");
  EXPECT_EQ(event.event_id, inline_event.event_id);
  EXPECT_EQ(event.payload, R"({"bucket":"scenes","object":"north/)" + scene.item.object_name +
                               R"(","generation":"1778587200123456","media_type":"application/geo+json",)" +
                               R"("size_bytes":42,"sha256":")" + std::string(64, 'a') + R"("})");
}

TEST(SceneEvent, TombstoneSaysWhatIsLostAndWhy) {
  const auto events = scene_dropped_announcements(dropped(), options());
  ASSERT_EQ(events.size(), 2U);
  const std::string id =
      sha256_hex(as_bytes("org.downlinkd.scene.dropped\nkiruna\nmetop-b_avhrr-3_20260512T120000Z")).substr(0, 32);
  const Attributes expected{{"ce-specversion", "1.0"},
                            {"ce-id", id},
                            {"ce-type", "org.downlinkd.scene.dropped"},
                            {"ce-source", "//downlinkd/kiruna"},
                            {"ce-time", "2026-05-20T00:00:00Z"},
                            {"ce-subject", dropped().scene.object_prefix},
                            {"content-type", "application/json"},
                            {"scene_id", "metop-b_avhrr-3_20260512T120000Z"},
                            {"station", "kiruna"},
                            {"platform", "metop-b"},
                            {"instrument", "avhrr-3"},
                            {"sensor", "metop-b/avhrr-3"},
                            {"pass_id", "20260512T115203Z-antenna1"}};
  EXPECT_EQ(parse_attributes(events[0].attributes_json).value(), expected);
  EXPECT_EQ(events[0].event_id, id);
  EXPECT_EQ(events[0].ordering_key, "kiruna/metop-b/avhrr-3");
  EXPECT_EQ(events[0].payload,
            R"({"scene_id":"metop-b_avhrr-3_20260512T120000Z","pass_id":"20260512T115203Z-antenna1",)"
            R"("platform":"metop-b","instrument":"avhrr-3","sensing_start":"2026-05-12T12:00:00Z",)"
            R"("sensing_end":"2026-05-12T12:03:00Z","size_bytes":123,"assets":9,"reason":"quota",)"
            R"("objects_confirmed":2,"objects_missing":7,"dropped_at":"2026-05-20T00:00:00Z"})");
}

}  // namespace
}  // namespace dl::uplink
