#include "uplink/scene_event.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/sha256.h"
#include "uplink/event_limits.h"

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
  made.location = "scenes";
  made.item_json = R"({"type":"Feature","stac_version":"1.0.0"})";
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
                            {"sensor", "metop-b/avhrr-3"},
                            {"pass_id", "20260512T115203Z-antenna1"}};
  EXPECT_EQ(parse_attributes(events[0].attributes_json).value(), expected);
  EXPECT_EQ(events[0].event_id, id);
  EXPECT_EQ(events[0].payload, delivered().item_json);
  EXPECT_EQ(events[0].publisher, "topic");
  EXPECT_EQ(events[0].ordering_key, "kiruna/metop-b/avhrr-3");
  EXPECT_EQ(events[1].ordering_key, "");
  EXPECT_TRUE(check_event_limits(events[0]));
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

class EventLimits : public ::testing::Test {
 protected:
  void set(const Attributes& attributes) { event_.attributes_json = nlohmann::json(attributes).dump(); }
  [[nodiscard]] bool fits() const {
    const auto checked = check_event_limits(event_);
    if (checked) return true;
    EXPECT_EQ(checked.error().kind, ErrorKind::permanent) << checked.error().message;
    return false;
  }
  spool::Announcement event_ = [] {
    spool::Announcement made;
    made.event_id = "e";
    made.attributes_json = "{}";
    made.payload = "{}";
    return made;
  }();
};

TEST_F(EventLimits, AttributesAreCountedAndMeasured) {
  Attributes attributes;
  for (int i = 0; i < 100; ++i) attributes["k" + std::to_string(i)] = "v";
  set(attributes);
  EXPECT_TRUE(fits());
  attributes["one more"] = "v";
  set(attributes);
  EXPECT_FALSE(fits());
  set({{std::string(256, 'k'), std::string(1024, 'v')}});
  EXPECT_TRUE(fits());
  set({{std::string(257, 'k'), "v"}});
  EXPECT_FALSE(fits());
  set({{"k", std::string(1025, 'v')}});
  EXPECT_FALSE(fits());
  set({{"", "v"}});
  EXPECT_FALSE(fits());
}

TEST_F(EventLimits, ReservedKeysEmptyEventsAndLongOrderingKeysAreRefused) {
  set({{"goog-thing", "v"}});
  EXPECT_FALSE(fits());
  set({{"GOOGle", "v"}});
  EXPECT_FALSE(fits());
  set({{"agoog", "v"}});
  EXPECT_TRUE(fits());
  event_.ordering_key = std::string(1025, 'o');
  EXPECT_FALSE(fits());
  event_.ordering_key.clear();
  set({});
  event_.payload.clear();
  EXPECT_FALSE(fits());
}

TEST_F(EventLimits, DataOverTheRequestLimitAreRefused) {
  event_.payload = std::string(7'400'000, 'x');
  EXPECT_TRUE(fits());
  event_.payload = std::string(7'500'000, 'x');
  EXPECT_FALSE(fits());
}

TEST(EventAttributes, MustBeAFlatObjectOfStrings) {
  for (const char* text : {"", "[]", R"({"a":1})", R"({"a":{}})"}) EXPECT_FALSE(parse_attributes(text)) << text;
}

}  // namespace
}  // namespace dl::uplink
