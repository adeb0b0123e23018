// Webhook publisher and relay against a receiver in another language that checks headers and signatures on its own.
#include <algorithm>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/uplink/child_process.h"
#include "tests/uplink/gcs_double.h"
#include "uplink/delivery/test_station.h"
#include "uplink/events/incident_event.h"
#include "uplink/events/outbox_relay.h"
#include "uplink/events/pass_event.h"
#include "uplink/events/scene_event.h"
#include "uplink/events/webhook_publisher.h"

namespace dl::test {
namespace {

using Json = nlohmann::json;
using uplink::testing::eventually;

constexpr const char* kOldSecret = "whsec_YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh";
constexpr const char* kNewSecret = "whsec_YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmI=";

class WebhookReceiverTest : public ::testing::Test {
 protected:
  WebhookReceiverTest()
      : process_(
            {"/usr/bin/python3", support_script("webhook_receiver.py"), "--secret", kOldSecret, "--exit-on-stdin-eof"}),
        endpoint_("http://127.0.0.1:" + process_.read_line().value_or("0")) {
    uplink::testing::write_text(secret_file_, std::string(kOldSecret) + "\n");
  }
  void start_relay() {
    auto publisher = std::make_unique<uplink::WebhookPublisher>(
        uplink::WebhookOptions{"events", endpoint_ + "/in?token=secret", secret_file_},
        std::make_unique<uplink::CurlTransport>(uplink::HttpOptions{}), clock_);
    relay_.emplace(uplink::OutboxRelayOptions{{Milliseconds{10}, Milliseconds{100}, Milliseconds{1000}}, Seconds{300}},
                   std::move(publisher), *station_.service, clock_, uplink::system_random());
    relay_->start();
  }
  void add(const spool::Announcement& event) {
    ASSERT_TRUE(station_.service->call([&](spool::Journal& journal) { return journal.add_announcement(event); }));
  }
  void add(const std::string& pass_id) {
    spool::Pass pass;
    pass.id = pass_id;
    pass.station = "kiruna";
    pass.spacecraft = "metop-b";
    add(uplink::pass_started_announcements(pass, {{"events", false}})[0]);
  }
  Json ask(const std::string& method, const std::string& path, const std::string& body = {}) {
    uplink::HttpRequest request;
    request.method = method;
    request.url = endpoint_ + "/_receiver/" + path;
    request.body = body;
    request.purpose = "asking the receiver";
    const auto response = transport_.perform(request, {});
    return response ? Json::parse(response->body, nullptr, false) : Json(response.error().message);
  }
  Json events() { return ask("GET", "events"); }
  bool all_sent(std::uint64_t count) {
    return eventually([&] { return station_.counts().announcements_sent == count; });
  }
  bool has_incident(const std::string& kind) {
    const auto open = station_.incidents(true);
    return std::any_of(open.begin(), open.end(), [&](const spool::Incident& one) { return one.kind == kind; });
  }

  ChildProcess process_;
  std::string endpoint_;
  uplink::CurlTransport transport_{uplink::HttpOptions{}};
  SystemClock clock_;
  uplink::testing::Station station_;
  std::filesystem::path secret_file_ = station_.folder / "webhook-secret";
  std::optional<uplink::OutboxRelay> relay_;
};

TEST_F(WebhookReceiverTest, EveryTypeOfEventIsACloudEventToAStrictReceiver) {
  const std::vector<uplink::EventTarget> targets{{"events", true}};
  const uplink::SceneEventOptions options{"kiruna", targets, {}};
  spool::DeliveredScene scene;
  scene.scene.id = "s1";
  scene.scene.platform = "metop-b";
  scene.scene.instrument = "avhrr-3";
  scene.item.object_name = "a folder/100 %/\xc3\xa4\"/item.json";
  scene.item.generation = "7";
  scene.location = "scenes";
  scene.item_json = R"({"type":"Feature"})";
  spool::Pass pass;
  pass.id = "p1";
  pass.station = "kiruna";
  pass.spacecraft = "metop-b";
  spool::Incident incident;
  incident.kind = "disk_low";
  incident.subject = "a disk";
  for (const auto& made : {uplink::scene_announcements(scene, options),
                           uplink::scene_dropped_announcements({scene.scene, "quota", 0, 1}, options),
                           uplink::pass_started_announcements(pass, targets),
                           uplink::pass_ended_announcements(pass, R"({"balanced":true})", targets),
                           uplink::incident_announcements(incident, true, "kiruna", targets),
                           uplink::incident_announcements(incident, false, "kiruna", targets)}) {
    add(made.front());
  }
  start_relay();
  ASSERT_TRUE(all_sent(6)) << ask("GET", "requests").dump(1);
  const Json first = events().at(0);
  EXPECT_EQ(first["attributes"]["subject"], scene.item.object_name) << "what was encoded is decoded to the same";
  EXPECT_EQ(first["attributes"]["bucketid"], "scenes");
  EXPECT_EQ(first["attributes"]["sceneid"], "s1");
  EXPECT_EQ(first["content_type"], "application/geo+json");
  EXPECT_EQ(first["body"], scene.item_json);
}

TEST_F(WebhookReceiverTest, SecretIsChangedWithoutAnEventInBetweenBeingRefused) {
  start_relay();
  add("p1");
  ASSERT_TRUE(all_sent(1));
  uplink::testing::write_text(secret_file_, std::string(kNewSecret) + "\n" + kOldSecret + "\n");
  add("p2");
  ASSERT_TRUE(all_sent(2));
  ask("POST", "secrets", Json{kNewSecret}.dump());
  add("p3");
  ASSERT_TRUE(all_sent(3));
  uplink::testing::write_text(secret_file_, kNewSecret);
  add("p4");
  ASSERT_TRUE(all_sent(4));
  std::vector<int> signatures;
  for (const Json& event : events()) signatures.push_back(event["signatures"]);
  EXPECT_EQ(signatures, (std::vector<int>{1, 2, 2, 1}));
  EXPECT_FALSE(has_incident("events_refused"));
}

TEST_F(WebhookReceiverTest, WrongSecretHoldsEventsUntilItIsMended) {
  uplink::testing::write_text(secret_file_, kNewSecret);
  start_relay();
  add("p1");
  ASSERT_TRUE(eventually([&] { return has_incident("events_refused"); }));
  EXPECT_EQ(station_.counts().announcements_pending, 1U);
  EXPECT_TRUE(events().empty());
  uplink::testing::write_text(secret_file_, kOldSecret);
  relay_->retry_now();
  ASSERT_TRUE(all_sent(1));
}

TEST_F(WebhookReceiverTest, LostAnswerMeansTheSameIdAgainAndWhatHadNoEffectMeansNone) {
  ask("POST", "faults",
      R"([{"status":503,"headers":{"Retry-After":"0"}},{"status":429},{"html":true},{"drop_answer":true}])");
  start_relay();
  add("p1");
  ASSERT_TRUE(all_sent(1));
  const Json taken = events();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0]["attributes"]["id"], taken[1]["attributes"]["id"]);
}

TEST_F(WebhookReceiverTest, RedirectIsNotFollowed) {
  ask("POST", "faults", R"([{"status":302,"headers":{"Location":")" + endpoint_ + R"(/elsewhere"}}])");
  start_relay();
  add("p1");
  ASSERT_TRUE(all_sent(1));
  for (const Json& request : ask("GET", "requests")) EXPECT_EQ(request["path"], "/in?token=secret");
}

TEST_F(WebhookReceiverTest, ReceiverThatIsGoneHoldsEventsAndOneThatWillNotHaveAnEventGetsTheNext) {
  ask("POST", "faults", R"([{"status":422},{"status":410}])");
  add("p1");
  add("p2");
  start_relay();
  ASSERT_TRUE(eventually([&] { return has_incident("events_refused"); }));
  EXPECT_EQ(station_.counts().announcements_parked, 1U);
  relay_->retry_now();
  ASSERT_TRUE(all_sent(1));
  EXPECT_EQ(events().size(), 1U);
  for (const spool::Incident& incident : station_.incidents(false)) {
    EXPECT_EQ(incident.message.find("token"), std::string::npos) << incident.message;
  }
}

}  // namespace
}  // namespace dl::test
