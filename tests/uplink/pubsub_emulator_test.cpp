// Publisher, relay and engine against Google's Pub/Sub emulator.
#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "tests/uplink/gcs_double.h"
#include "uplink/credentials/bearer_signer.h"
#include "uplink/delivery/delivery_engine.h"
#include "uplink/delivery/test_station.h"
#include "uplink/events/outbox_relay.h"
#include "uplink/events/pubsub_publisher.h"
#include "uplink/events/scene_event.h"
#include "uplink/gcs/gcs_destination.h"

namespace dl::test {
namespace {

using Json = nlohmann::json;
using uplink::testing::eventually;

constexpr Milliseconds kLong{60'000};

// One emulator, which can be stopped (it then forgets everything) and started at the same port.
class Emulator {
 public:
  Emulator() = default;
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;
  // Not by a kill: the script must live long enough to take the emulator with it.
  ~Emulator() {
    if (process_) stop();
  }
  // False, with the reason, where it is not installed.
  bool start() {
    std::vector<std::string> command{"/usr/bin/python3", support_script("pubsub_emulator.py")};
    if (!port_.empty()) command.insert(command.end(), {"--port", port_});
    process_.emplace(command);
    const auto line = process_->read_line();
    if (line) port_ = *line;
    return line.has_value();
  }
  // Waits, so that the port is free.
  int stop() {
    process_->close_stdin();
    const int status = process_->wait();
    process_.reset();
    return status;
  }
  void freeze() { say("stop"); }
  void thaw() { say("continue"); }
  [[nodiscard]] std::string endpoint() const { return "http://127.0.0.1:" + port_; }

  void create_topic() {
    EXPECT_EQ(ask("PUT", "/v1/projects/p/topics/scenes", "{}").first, 200);
    EXPECT_EQ(ask("PUT", "/v1/projects/p/subscriptions/pipeline",
                  R"({"topic":"projects/p/topics/scenes","enableMessageOrdering":true,"ackDeadlineSeconds":600})")
                  .first,
              200);
  }
  // The messages that wait, acknowledged.
  std::vector<Json> pull() {
    const auto [status, body] =
        ask("POST", "/v1/projects/p/subscriptions/pipeline:pull", R"({"maxMessages":1000,"returnImmediately":true})");
    std::vector<Json> messages;
    Json acknowledge{{"ackIds", Json::array()}};
    const Json answer = Json::parse(body, nullptr, false);
    if (status != 200 || !answer.is_object() || !answer.contains("receivedMessages")) return messages;
    for (const Json& received : answer["receivedMessages"]) {
      messages.push_back(received["message"]);
      acknowledge["ackIds"].push_back(received["ackId"]);
    }
    ask("POST", "/v1/projects/p/subscriptions/pipeline:acknowledge", acknowledge.dump());
    return messages;
  }

 private:
  void say(const std::string& word) {
    process_->write_line(word);
    process_->read_line();
  }
  std::pair<int, std::string> ask(const std::string& method, const std::string& path, const std::string& body) {
    uplink::HttpRequest request;
    request.method = method;
    request.url = endpoint() + path;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = body;
    request.purpose = "asking the emulator";
    uplink::CurlTransport transport({});
    const auto response = transport.perform(request, {});
    return response ? std::pair{response->status, response->body} : std::pair{0, response.error().message};
  }

  std::string port_;
  std::optional<ChildProcess> process_;
};

class PubsubEmulatorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (emulator_.start()) return;
    ASSERT_EQ(emulator_.stop(), 77) << "the emulator is installed and does not start";
    GTEST_SKIP() << "Google's Pub/Sub emulator is not installed; its message above says what is missing";
  }
  void start_relay(Milliseconds answer_limit = Milliseconds{20'000}) {
    uplink::HttpOptions http;
    http.request_timeout = answer_limit;
    auto publisher =
        std::make_unique<uplink::PubsubPublisher>(uplink::PubsubOptions{"events", emulator_.endpoint(), "p", "scenes"},
                                                  std::make_unique<uplink::CurlTransport>(http), credentials_, clock_);
    relay_.emplace(uplink::OutboxRelayOptions{{Milliseconds{10}, Milliseconds{200}, Milliseconds{1000}}, Seconds{300}},
                   std::move(publisher), *station_.service, clock_, uplink::system_random());
    relay_->start();
  }
  bool all_sent(std::uint64_t events) {
    return eventually([&] { return station_.counts().announcements_sent == events; }, kLong);
  }
  // Pulls until `wanted` different event ids have come; how often each came.
  std::map<std::string, int> receive(std::size_t wanted) {
    std::map<std::string, int> ids;
    eventually(
        [&] {
          for (const Json& message : emulator_.pull()) ++ids[message["attributes"]["ce-id"]];
          return ids.size() >= wanted;
        },
        kLong);
    return ids;
  }

  Emulator emulator_;
  SystemClock clock_;
  uplink::NoCredentials credentials_;
  uplink::testing::Station station_;
  std::optional<uplink::OutboxRelay> relay_;
};

TEST_F(PubsubEmulatorTest, EveryEventArrivesOnceAndStoppingTheEmulatorDelaysEventsAndLosesNone) {
  emulator_.create_topic();
  start_relay();
  for (int i = 0; i < 20; ++i) station_.add_event("first-" + std::to_string(i), i % 2 == 0 ? "even" : "");
  ASSERT_TRUE(all_sent(20));
  const auto first = receive(20);
  EXPECT_EQ(first.size(), 20U);
  for (const auto& [id, times] : first) EXPECT_EQ(times, 1) << id;
  for (const auto& event : station_.announcements()) EXPECT_FALSE(event.message_id.empty());

  emulator_.stop();
  for (int i = 0; i < 5; ++i) station_.add_event("second-" + std::to_string(i), "even");
  ASSERT_TRUE(eventually([&] { return relay_->status().state == uplink::EngineState::waiting; }, kLong));
  EXPECT_EQ(station_.counts().announcements_pending, 5U);

  // It comes back without its topics: refused, with an incident, until somebody makes the topic.
  ASSERT_TRUE(emulator_.start());
  ASSERT_TRUE(eventually([&] { return !station_.incidents(true).empty(); }, kLong));
  EXPECT_EQ(station_.incidents(true)[0].kind, "events_refused");
  emulator_.create_topic();
  ASSERT_TRUE(all_sent(25));
  const auto second = receive(5);
  EXPECT_EQ(second.size(), 5U);
  for (const auto& [id, times] : second) EXPECT_EQ(times, 1) << id;
  EXPECT_TRUE(eventually([&] { return station_.incidents(true).empty(); }));
}

TEST_F(PubsubEmulatorTest, PublishThatTimesOutButWasDeliveredComesAgainWithTheSameId) {
  emulator_.create_topic();
  // The emulator's first answer takes long, on a busy machine longer than the limit that the frozen one is to break.
  start_relay();
  station_.add_event("warm-up");
  ASSERT_TRUE(all_sent(1));
  start_relay(Milliseconds{1000});
  emulator_.freeze();
  station_.add_event("twice");
  ASSERT_TRUE(eventually([&] { return relay_->status().state == uplink::EngineState::waiting; }, kLong));
  emulator_.thaw();
  ASSERT_TRUE(all_sent(2));
  const auto ids = receive(2);
  EXPECT_EQ(ids.size(), 2U) << "one id per event, however often it was published";
  EXPECT_EQ(ids.at("warm-up"), 1);
}

TEST_F(PubsubEmulatorTest, EventOfASceneComesWhenItsItemIsReadableInTheBucket) {
  emulator_.create_topic();
  GcsDouble bucket;
  uplink::DeliveryEngineOptions options;
  options.destination = "cloud";
  options.retry = {Milliseconds{5}, Milliseconds{50}, Milliseconds{1000}};
  uplink::BearerSigner signer(credentials_);
  const auto make_destination = [&] {
    uplink::GcsOptions gcs;
    gcs.name = "cloud";
    gcs.endpoint = bucket.endpoint();
    gcs.bucket = "scenes";
    gcs.object_prefix = "north";
    return uplink::make_gcs_destination(gcs, std::make_unique<uplink::CurlTransport>(uplink::HttpOptions{}), signer,
                                        clock_);
  };
  const uplink::SceneEventOptions event_options{"kiruna", {{"events", true}}, {{"cloud", "north"}}};
  uplink::DeliveryEngine engine(
      options, make_destination, *station_.service,
      [&](const spool::DeliveredScene& delivered) { return uplink::scene_announcements(delivered, event_options); },
      clock_, uplink::system_random());
  // Losses on the way, so that the order is not right by chance.
  bucket.fault(
      R"([{"kind":"data","skip":1,"status":503,"after":true},{"kind":"initiate","skip":2,"drop_answer":true}])");
  start_relay();
  engine.start();
  for (int i = 0; i < 3; ++i) {
    const std::string id = "s" + std::to_string(i);
    station_.add_scene(id, {{"band-1.tif", "one"}, {"band-2.tif", "two"}, {"item.json", R"({"id":")" + id + "\"}"}});
  }
  std::set<std::string> ids;
  std::size_t messages = 0;
  ASSERT_TRUE(eventually(
      [&] {
        for (const Json& message : emulator_.pull()) {
          const Json& attributes = message["attributes"];
          EXPECT_EQ(attributes["bucketId"], "scenes");
          EXPECT_EQ(message["orderingKey"], "kiruna/metop-b/avhrr-3");
          const std::string data(as_text(base64_decode(message["data"].get<std::string>()).value()));
          EXPECT_EQ(bucket.object("scenes", attributes["objectId"]), data);
          EXPECT_EQ(attributes["ce-id"],
                    uplink::event_id("scenes", attributes["objectId"], attributes["objectGeneration"]));
          ids.insert(attributes["ce-id"]);
          ++messages;
        }
        return ids.size() == 3;
      },
      kLong));
  EXPECT_EQ(messages, 3U);
  EXPECT_EQ(bucket.objects(), 9U);
}

}  // namespace
}  // namespace dl::test
