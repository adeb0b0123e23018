// Publisher and relay against the strict double of Pub/Sub: every limit at its edge, and the faults of delivery.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/uplink/pubsub_double.h"
#include "uplink/delivery/test_station.h"
#include "uplink/events/cloud_event.h"
#include "uplink/events/outbox_relay.h"
#include "uplink/events/pubsub_message.h"
#include "uplink/events/pubsub_publisher.h"

namespace dl::test {
namespace {

using uplink::Attributes;
using uplink::PublishKind;
using uplink::testing::eventually;

class PubsubDoubleTest : public ::testing::Test {
 protected:
  std::unique_ptr<uplink::PubsubPublisher> publisher(Milliseconds answer_limit = Milliseconds{20'000}) {
    uplink::HttpOptions http;
    http.request_timeout = answer_limit;
    return std::make_unique<uplink::PubsubPublisher>(
        uplink::PubsubOptions{"events", double_.endpoint(), PubsubDouble::project(), PubsubDouble::topic()},
        std::make_unique<uplink::CurlTransport>(http), credentials_, clock_);
  }
  static spool::Announcement event(const std::string& id, const std::string& key = "", std::string payload = "{}") {
    spool::Announcement made;
    made.event_id = id;
    made.ordering_key = key;
    made.attributes_json = R"({"ce-id":")" + id + R"("})";
    made.payload = std::move(payload);
    return made;
  }

  PubsubDouble double_;
  SystemClock clock_;
  uplink::NoCredentials credentials_;
};

// Limits: what our check lets through the double takes, one more is neither sent nor taken.

class PubsubLimitTest : public PubsubDoubleTest {
 protected:
  // What publish() says, and that the double has or has not got the event.
  PublishKind publish(const spool::Announcement& one) {
    const std::size_t before = double_.messages().size();
    const auto outcome = publisher()->publish(std::span(&one, 1), {});
    const bool sent = outcome.kind == PublishKind::sent;
    EXPECT_EQ(double_.messages().size(), before + (sent ? 1 : 0)) << outcome.message;
    if (!sent) {
      EXPECT_FALSE(outcome.message.empty());
    }
    return outcome.kind;
  }
  PublishKind publish(const Attributes& attributes) {
    spool::Announcement one = event("e");
    one.attributes_json = nlohmann::json(attributes).dump();
    return publish(one);
  }
};

TEST_F(PubsubLimitTest, AttributesAreTakenToTheirLimitsAndRejectedAboveThem) {
  Attributes attributes;
  for (int i = 0; i < 100; ++i) attributes["k" + std::to_string(i)] = "v";
  EXPECT_EQ(publish(attributes), PublishKind::sent);
  attributes["k100"] = "v";
  EXPECT_EQ(publish(attributes), PublishKind::rejected);
  EXPECT_EQ(publish(Attributes{{std::string(256, 'k'), std::string(1024, 'v')}}), PublishKind::sent);
  EXPECT_EQ(publish(Attributes{{std::string(257, 'k'), "v"}}), PublishKind::rejected);
  EXPECT_EQ(publish(Attributes{{"k", std::string(1025, 'v')}}), PublishKind::rejected);
  EXPECT_EQ(publish(Attributes{{"goog", "v"}}), PublishKind::rejected);
  EXPECT_EQ(publish(Attributes{{"", "v"}}), PublishKind::rejected);
  // What we reject is not sent.
  for (const PublishRequest& request : double_.requests()) EXPECT_EQ(request.status, 200);
}

TEST_F(PubsubLimitTest, OrderingKeyIsTakenToItsLimit) {
  EXPECT_EQ(publish(event("e", std::string(1024, 'k'))), PublishKind::sent);
  EXPECT_EQ(publish(event("e", std::string(1025, 'k'))), PublishKind::rejected);
}

TEST_F(PubsubLimitTest, EventWithoutDataOrWithoutAttributesIsTakenAndOneWithNeitherIsNot) {
  spool::Announcement one = event("e", "", "");
  EXPECT_EQ(publish(one), PublishKind::sent);
  one.attributes_json = "{}";
  EXPECT_EQ(publish(one), PublishKind::rejected);
  one.payload = "x";
  EXPECT_EQ(publish(one), PublishKind::sent);
}

TEST_F(PubsubLimitTest, EventThatFillsARequestIsTakenAndOneThreeBytesLargerIsNot) {
  spool::Announcement one = event("e");
  const std::size_t frame = uplink::kRequestEnvelopeBytes + uplink::pubsub_message_bytes(one) - 4;
  one.payload = std::string((uplink::kLargestRequestBytes - frame) / 4 * 3, 'x');
  EXPECT_EQ(publish(one), PublishKind::sent);
  EXPECT_GT(double_.requests().back().body_bytes, uplink::kLargestRequestBytes - 4);
  EXPECT_LE(double_.requests().back().body_bytes, uplink::kLargestRequestBytes);
  one.payload += "xxx";
  EXPECT_EQ(publish(one), PublishKind::rejected);
  EXPECT_EQ(double_.requests().size(), 1U);
}

TEST_F(PubsubLimitTest, BatchesAreCutWhereARequestEnds) {
  const auto publish_all = [&](std::vector<spool::Announcement> events) {
    const auto made = publisher();
    std::vector<std::size_t> sizes;
    for (std::span<const spool::Announcement> rest(events); !rest.empty();) {
      const std::size_t count = made->batch_size(rest);
      const auto outcome = made->publish(rest.first(count), {});
      EXPECT_EQ(outcome.kind, PublishKind::sent) << outcome.message;
      EXPECT_EQ(outcome.message_ids.size(), count);
      sizes.push_back(count);
      rest = rest.subspan(count);
    }
    return sizes;
  };
  EXPECT_EQ(publish_all(std::vector(1000, event("e"))), std::vector<std::size_t>{1000});
  EXPECT_EQ(publish_all(std::vector(1001, event("e"))), (std::vector<std::size_t>{1000, 1}));
  const auto large = [&](const char* id) { return event(id, "", std::string(3'000'000, 'x')); };
  EXPECT_EQ(publish_all({large("a"), large("b"), large("c"), large("d")}), (std::vector<std::size_t>{2, 2}));
  EXPECT_EQ(publish_all({event("a", "k"), event("b", "k"), event("c", "l"), event("d"), event("e", "k")}),
            (std::vector<std::size_t>{2, 1, 1, 1}));
  for (const PublishRequest& request : double_.requests()) EXPECT_EQ(request.status, 200);
}

// The relay in front of the double.

class PubsubRelayTest : public PubsubDoubleTest {
 protected:
  void start_relay(Milliseconds answer_limit = Milliseconds{20'000}) {
    relay_.emplace(uplink::OutboxRelayOptions{{Milliseconds{10}, Milliseconds{100}, Milliseconds{1000}}, Seconds{300}},
                   publisher(answer_limit), *station_.service, clock_, uplink::system_random());
    relay_->start();
  }
  bool all_sent(std::uint64_t events) {
    return eventually([&] { return station_.counts().announcements_sent == events; }, Milliseconds{60'000});
  }
  bool has_incident(const std::string& kind) {
    const auto open = station_.incidents(true);
    return std::any_of(open.begin(), open.end(), [&](const spool::Incident& one) { return one.kind == kind; });
  }
  std::map<std::string, int> times_received() {
    std::map<std::string, int> times;
    for (const auto& message : double_.messages()) ++times[message.ce_id];
    return times;
  }
  // The ids of a key in the order in which each was first received.
  std::vector<std::string> order_of(const std::string& key) {
    std::vector<std::string> ids;
    for (const auto& message : double_.messages()) {
      const bool known = std::find(ids.begin(), ids.end(), message.ce_id) != ids.end();
      if (message.ordering_key == key && !known) ids.push_back(message.ce_id);
    }
    return ids;
  }

  uplink::testing::Station station_;
  std::optional<uplink::OutboxRelay> relay_;
};

// Fault 49.
TEST_F(PubsubRelayTest, PublishWhoseAnswerIsLostComesAgainWithTheSameIdAndNoneIsLost) {
  const std::vector<std::string> faults{
      R"([{"kind":"publish","drop_answer":true}])", R"([{"kind":"publish","reset_after":true}])",
      R"([{"kind":"publish","status":504,"after":true}])", R"([{"kind":"publish","truncate_answer":9}])",
      R"([{"kind":"publish","fewer_ids":1}])"};
  start_relay();
  for (std::size_t i = 0; i < faults.size(); ++i) {
    double_.fault(faults[i]);
    const std::string id = "e" + std::to_string(i);
    station_.add_event(id, "key");
    ASSERT_TRUE(all_sent(i + 1)) << faults[i];
    EXPECT_EQ(times_received()[id], 2) << "published, not believed, and published again: " << faults[i];
  }
  EXPECT_EQ(order_of("key"), (std::vector<std::string>{"e0", "e1", "e2", "e3", "e4"}));
}

TEST_F(PubsubRelayTest, PublishThatTimesOutButTookEffectComesAgainWithTheSameId) {
  double_.fault(R"([{"kind":"publish","delay_s":1}])");
  start_relay(Milliseconds{300});
  station_.add_event("slow");
  ASSERT_TRUE(all_sent(1));
  // More often where the machine is slow: the limit is short.
  EXPECT_TRUE(eventually([&] { return times_received()["slow"] >= 2; }));
  EXPECT_EQ(times_received().size(), 1U);
}

TEST_F(PubsubRelayTest, FaultsThatHadNoEffectCostNoDuplicate) {
  double_.fault(R"([{"kind":"publish","status":503,"headers":{"Retry-After":"0"}},{"kind":"publish","status":429},
                    {"kind":"publish","status":500},{"kind":"publish","reset":true},{"kind":"publish","html":true}])");
  start_relay();
  station_.add_event("e");
  ASSERT_TRUE(all_sent(1));
  EXPECT_EQ(times_received(), (std::map<std::string, int>{{"e", 1}}));
}

// Fault 50: the topic is missing, or is not ours, for as long as it takes. The outbox keeps everything.
TEST_F(PubsubRelayTest, EventsWaitWhileTheTopicIsMissingOrForbiddenAndGoOutInOrder) {
  start_relay();
  std::uint64_t sent = 0;
  for (const bool missing : {true, false}) {
    if (missing) {
      double_.delete_topic();
    } else {
      double_.settings(R"({"deny":true})");
    }
    for (int i = 0; i < 20; ++i) station_.add_event((missing ? "m" : "d") + std::to_string(i), "key");
    ASSERT_TRUE(eventually([&] { return has_incident("events_refused"); }));
    EXPECT_EQ(relay_->status().state, uplink::EngineState::blocked);
    EXPECT_EQ(station_.counts().announcements_pending, 20U);
    EXPECT_EQ(station_.counts().announcements_parked, 0U);
    double_.create_topic();
    double_.settings(R"({"deny":false})");
    relay_->retry_now();
    sent += 20;
    ASSERT_TRUE(all_sent(sent));
    EXPECT_TRUE(eventually([&] { return !has_incident("events_refused"); }));
  }
  const auto order = order_of("key");
  ASSERT_EQ(order.size(), 40U);
  EXPECT_EQ(order[0], "m0");
  EXPECT_EQ(order[39], "d19");
  for (const auto& [id, times] : times_received()) EXPECT_EQ(times, 1) << id;
}

TEST_F(PubsubRelayTest, BillingThatIsOffParksNothing) {
  double_.fault(R"([{"kind":"publish","status":400,"code":"FAILED_PRECONDITION","times":-1}])");
  start_relay();
  station_.add_event("e");
  ASSERT_TRUE(eventually([&] { return has_incident("events_refused"); }));
  EXPECT_EQ(station_.counts().announcements_parked, 0U);
  double_.heal();
  relay_->retry_now();
  ASSERT_TRUE(all_sent(1));
}

// Faults 51 and 53: what is over a limit, or what the server will not have, is parked alone.
TEST_F(PubsubRelayTest, PoisonIsParkedWithItsReasonAndHoldsUpNobody) {
  double_.fault(R"([{"kind":"publish","contains":"poison-of-the-server","status":400,"times":-1}])");
  for (int i = 0; i < 5; ++i) station_.add_event("a" + std::to_string(i), "key");
  station_.add_event("poison-of-the-server", "key");
  station_.add_event("too-large", "key", "\"" + std::string(8'000'000, 'x') + "\"");
  for (int i = 0; i < 5; ++i) station_.add_event("b" + std::to_string(i), "key");
  station_.add_event("other", "another key");
  start_relay();
  ASSERT_TRUE(all_sent(11));
  EXPECT_EQ(station_.counts().announcements_parked, 2U);
  EXPECT_EQ(order_of("key"), (std::vector<std::string>{"a0", "a1", "a2", "a3", "a4", "b0", "b1", "b2", "b3", "b4"}));
  std::map<std::string, std::string> reasons;
  for (const auto& row : station_.announcements()) {
    if (row.state == spool::AnnouncementState::parked) reasons[row.event_id] = row.last_error;
  }
  EXPECT_NE(reasons["too-large"].find("a request has at most 10000000"), std::string::npos) << reasons["too-large"];
  EXPECT_NE(reasons["poison-of-the-server"].find("answered 400"), std::string::npos);
  EXPECT_TRUE(has_incident("event_rejected"));
  for (const auto& [id, times] : times_received()) EXPECT_EQ(times, 1) << id;
}

// Fault 52.
TEST_F(PubsubRelayTest, RequestsNeverMixKeysAndEachKeyKeepsItsOrder) {
  for (int i = 0; i < 30; ++i) {
    const int key = i % 3;
    station_.add_event("e" + std::to_string(100 + i), key == 0 ? "" : "key " + std::to_string(key));
  }
  start_relay();
  ASSERT_TRUE(all_sent(30));
  for (const auto& request : double_.requests()) EXPECT_EQ(request.status, 200);
  for (const char* key : {"key 1", "key 2"}) {
    const auto order = order_of(key);
    EXPECT_EQ(order.size(), 10U);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end())) << key;
  }
}

// A key that fails is held in order while others go on.
TEST_F(PubsubRelayTest, KeyThatFailsWaitsInOrderAndOthersOvertakeIt) {
  double_.fault(R"([{"kind":"publish","contains":"\"orderingKey\":\"slow\"","status":503,"times":1000}])");
  for (int i = 0; i < 5; ++i) station_.add_event("s" + std::to_string(i), "slow");
  station_.add_event("f", "fast");
  start_relay();
  ASSERT_TRUE(all_sent(1));
  EXPECT_EQ(double_.messages().front().ce_id, "f");
  double_.heal();
  ASSERT_TRUE(all_sent(6));
  EXPECT_EQ(order_of("slow"), (std::vector<std::string>{"s0", "s1", "s2", "s3", "s4"}));
}

// Fault 54.
TEST_F(PubsubRelayTest, ServiceThatForgetsEverythingGetsWhatWasNotYetConfirmed) {
  start_relay();
  station_.add_event("before");
  ASSERT_TRUE(all_sent(1));
  double_.forget();
  station_.add_event("after");
  ASSERT_TRUE(eventually([&] { return has_incident("events_refused"); }));
  double_.create_topic();
  relay_->retry_now();
  ASSERT_TRUE(all_sent(2));
  EXPECT_EQ(times_received(), (std::map<std::string, int>{{"after", 1}}));
}

}  // namespace
}  // namespace dl::test
