#include "uplink/events/pubsub_message.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "uplink/events/cloud_event.h"

namespace dl::uplink {
namespace {

class PubsubMessage : public ::testing::Test {
 protected:
  void set(const Attributes& attributes) { event_.attributes_json = nlohmann::json(attributes).dump(); }
  [[nodiscard]] bool fits() const {
    const auto checked = check_pubsub_limits(event_);
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

TEST_F(PubsubMessage, HasWhatIsThereAndItsSizeIsKnownBeforehand) {
  event_.ordering_key = "k\"\x01\xc3\xa4";
  for (const Attributes& attributes : {Attributes{}, Attributes{{"a", "b\n\xe2\x82\xac"}}}) {
    for (const std::string& payload : {std::string{}, std::string{"x"}, std::string{"xyz"}}) {
      for (const bool with_key : {true, false}) {
        set(attributes);
        spool::Announcement event = event_;
        event.payload = payload;
        if (!with_key) event.ordering_key.clear();
        const std::string text = pubsub_message(event).value();
        const auto json = nlohmann::json::parse(text);
        EXPECT_EQ(pubsub_message_bytes(event), text.size()) << text;
        EXPECT_EQ(json.value("data", ""), base64_encode(as_bytes(payload)));
        EXPECT_EQ(json.value("orderingKey", ""), event.ordering_key);
        EXPECT_EQ(json.value("attributes", Attributes{}), attributes);
        EXPECT_EQ(json.contains("orderingKey"), with_key);
      }
    }
  }
}

TEST_F(PubsubMessage, AttributesAreCountedAndMeasured) {
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

TEST_F(PubsubMessage, ReservedKeysEmptyEventsAndLongOrderingKeysAreRefused) {
  set({{"goog-thing", "v"}});
  EXPECT_FALSE(fits());
  set({{"GOOGle", "v"}});
  EXPECT_FALSE(fits());
  set({{"agoog", "v"}});
  EXPECT_TRUE(fits());
  event_.ordering_key = std::string(1024, 'o');
  EXPECT_TRUE(fits());
  event_.ordering_key = std::string(1025, 'o');
  EXPECT_FALSE(fits());
  event_.ordering_key.clear();
  set({});
  event_.payload.clear();
  EXPECT_FALSE(fits());
}

TEST_F(PubsubMessage, RequestOfOneEventHasAtMostTenMillionBytes) {
  event_.payload.clear();
  set({{"a", "b"}});
  const std::size_t frame = kRequestEnvelopeBytes + pubsub_message_bytes(event_) + std::string(R"(,"data":"")").size();
  const std::size_t largest = (kLargestRequestBytes - frame) / 4 * 3;
  event_.payload = std::string(largest, 'x');
  EXPECT_TRUE(fits());
  event_.payload += 'x';
  EXPECT_FALSE(fits());
}

TEST(PubsubAttributes, MustBeAFlatObjectOfStrings) {
  spool::Announcement event;
  event.payload = "{}";
  for (const char* text : {"", "[]", R"({"a":1})", R"({"a":{}})"}) {
    event.attributes_json = text;
    EXPECT_FALSE(pubsub_message(event)) << text;
    EXPECT_FALSE(check_pubsub_limits(event)) << text;
    EXPECT_EQ(pubsub_message_bytes(event), 0U);
  }
}

}  // namespace
}  // namespace dl::uplink
