#include "uplink/events/pubsub_publisher.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "uplink/delivery/test_station.h"
#include "uplink/events/pubsub_message.h"

namespace dl::uplink {
namespace {

using testing::ScriptedTransport;

spool::Announcement event(const std::string& id, const std::string& key = "", std::size_t payload_bytes = 2) {
  spool::Announcement made;
  made.event_id = id;
  made.ordering_key = key;
  made.attributes_json = R"({"ce-id":")" + id + R"("})";
  made.payload = std::string(payload_bytes, 'x');
  return made;
}

class PubsubPublisherTest : public ::testing::Test {
 protected:
  void answer(int status, std::string body, std::vector<HttpHeader> headers = {}) {
    script_->answers.push_back(HttpResponse{status, std::move(headers), std::move(body)});
  }
  PublishOutcome publish(const std::vector<spool::Announcement>& events) { return publisher_.publish(events, {}); }

  std::shared_ptr<ScriptedTransport::Script> script_ = std::make_shared<ScriptedTransport::Script>();
  NoCredentials credentials_;
  ManualClock clock_{parse_utc("2026-05-12T12:00:00Z").value()};
  PubsubPublisher publisher_{{"topic", "https://pubsub.example", "project", "scenes"},
                             std::make_unique<ScriptedTransport>(script_),
                             credentials_,
                             clock_};
};

TEST_F(PubsubPublisherTest, BatchIsOneRequestWithOneMessagePerEvent) {
  answer(200, R"({"messageIds":["11","12"]})");
  const auto outcome = publish({event("a", "key"), event("b", "key")});
  EXPECT_EQ(outcome.kind, PublishKind::sent) << outcome.message;
  EXPECT_EQ(outcome.message_ids, (std::vector<std::string>{"11", "12"}));
  ASSERT_EQ(script_->requests.size(), 1U);
  EXPECT_EQ(script_->requests[0].url, "https://pubsub.example/v1/projects/project/topics/scenes:publish");
  const auto body = nlohmann::json::parse(script_->requests[0].body);
  ASSERT_EQ(body["messages"].size(), 2U);
  EXPECT_EQ(body["messages"][0]["attributes"]["ce-id"], "a");
  EXPECT_EQ(body["messages"][0]["orderingKey"], "key");
  EXPECT_EQ(as_text(base64_decode(body["messages"][0]["data"].get<std::string>()).value()), "xx");
}

TEST_F(PubsubPublisherTest, MessageWithoutKeyHasNoOrderingKeyMember) {
  answer(200, R"({"messageIds":["11"]})");
  publish({event("a")});
  EXPECT_FALSE(nlohmann::json::parse(script_->requests[0].body)["messages"][0].contains("orderingKey"));
}

TEST_F(PubsubPublisherTest, BatchesEndAtTheLimitsOfARequest) {
  std::vector<spool::Announcement> many(1500, event("a"));
  EXPECT_EQ(publisher_.batch_size(many), 1000U);
  const std::vector<spool::Announcement> large{event("a", "", 3'000'000), event("b", "", 3'000'000),
                                               event("c", "", 3'000'000)};
  EXPECT_EQ(publisher_.batch_size(large), 2U);
  const std::vector<spool::Announcement> too_large{event("a", "", 9'000'000), event("b")};
  EXPECT_EQ(publisher_.batch_size(too_large), 1U);
}

TEST_F(PubsubPublisherTest, SlowLinkMayTakeItsTimeForALargeBatch) {
  answer(200, R"({"messageIds":["11"]})");
  publish({event("a", "", 3'000'000)});
  EXPECT_FALSE(script_->requests.at(0).bounded);
}

TEST_F(PubsubPublisherTest, EventOverALimitIsRejectedWithoutARequest) {
  EXPECT_EQ(publish({event("a", "", 9'000'000)}).kind, PublishKind::rejected);
  EXPECT_TRUE(script_->requests.empty());
}

TEST_F(PubsubPublisherTest, AnswersAreSortedByWhatToDo) {
  for (const int status : {302, 408, 409, 429, 499, 500, 502, 503, 504}) {
    answer(status, "", {{"retry-after", "9"}});
    const auto outcome = publish({event("a")});
    EXPECT_EQ(outcome.kind, PublishKind::retry_later) << status;
    EXPECT_EQ(outcome.retry_after, Seconds{9});
  }
  for (const int status : {403, 404}) {
    answer(status, R"({"error":{"message":"Topic not found"}})");
    const auto outcome = publish({event("a")});
    EXPECT_EQ(outcome.kind, PublishKind::refused) << status;
    EXPECT_NE(outcome.message.find("Topic not found"), std::string::npos);
  }
  for (const int status : {400, 413}) {
    answer(status, "");
    EXPECT_EQ(publish({event("a")}).kind, PublishKind::rejected) << status;
  }
  script_->answers.push_back(fail(ErrorKind::transient, "timed out"));
  EXPECT_EQ(publish({event("a")}).kind, PublishKind::retry_later);
  script_->answers.push_back(fail(ErrorKind::config, "bad certificate"));
  EXPECT_EQ(publish({event("a")}).kind, PublishKind::refused);
}

TEST_F(PubsubPublisherTest, PreconditionOfTheProjectIsNotTheEventsFault) {
  answer(400, R"({"error":{"code":400,"message":"Billing is off","status":"FAILED_PRECONDITION"}})");
  EXPECT_EQ(publish({event("a")}).kind, PublishKind::refused);
  answer(400, R"({"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT"}})");
  EXPECT_EQ(publish({event("a")}).kind, PublishKind::rejected);
  answer(400, R"({"error":"FAILED_PRECONDITION"})");
  EXPECT_EQ(publish({event("a")}).kind, PublishKind::rejected);
}

TEST_F(PubsubPublisherTest, BatchEndsBeforeAnotherKeyAndBeforeAnEventOverALimit) {
  EXPECT_EQ(publisher_.batch_size(std::vector{event("a", "k"), event("b", "k"), event("c", "l")}), 2U);
  EXPECT_EQ(publisher_.batch_size(std::vector{event("a", "k"), event("b")}), 1U);
  const std::vector<spool::Announcement> poisoned{event("a"), event("b", "", 9'000'000), event("c")};
  EXPECT_EQ(publisher_.batch_size(poisoned), 1U);
  EXPECT_EQ(publisher_.batch_size(std::span(poisoned).subspan(1)), 1U);
}

TEST_F(PubsubPublisherTest, RequestsOfExactlyTenMillionBytesAreMade) {
  // Two events that fill a request to its last byte: the second one's attribute takes up what base64 cannot.
  std::vector<spool::Announcement> two{event("a", "", 4'500'000), event("b", "", 2'900'000)};
  const auto body_bytes = [&two] {
    return kRequestEnvelopeBytes + pubsub_message_bytes(two[0]) + 1 + pubsub_message_bytes(two[1]);
  };
  two[1].payload.resize(two[1].payload.size() + (kLargestRequestBytes - 2000 - body_bytes()) / 4 * 3, 'x');
  const auto pad = [&](std::size_t bytes) {
    two[1].attributes_json =
        R"({"a":")" + std::string(bytes / 2, 'p') + R"(","b":")" + std::string(bytes - bytes / 2, 'p') + R"("})";
  };
  pad(0);
  const std::size_t missing = kLargestRequestBytes - body_bytes();
  pad(missing);
  EXPECT_EQ(body_bytes(), kLargestRequestBytes);
  EXPECT_EQ(publisher_.batch_size(two), 2U);
  answer(200, R"({"messageIds":["1","2"]})");
  EXPECT_EQ(publish(two).kind, PublishKind::sent);
  EXPECT_EQ(script_->requests[0].body.size(), kLargestRequestBytes);
  pad(missing + 1);
  EXPECT_EQ(publisher_.batch_size(two), 1U);
}

TEST_F(PubsubPublisherTest, Answer401IsRepeatedOnceWithFreshCredentials) {
  answer(401, "");
  answer(200, R"({"messageIds":["1"]})");
  EXPECT_EQ(publish({event("a")}).kind, PublishKind::sent);
  answer(401, "");
  answer(401, "");
  EXPECT_EQ(publish({event("a")}).kind, PublishKind::refused);
  EXPECT_EQ(script_->requests.size(), 4U);
}

TEST_F(PubsubPublisherTest, PortalsPageIsNoWordOfTheServiceWhateverItsStatus) {
  for (const int status : {200, 401, 403, 404, 511}) {
    answer(status, "<html><title>Harbour</title></html>", {{"content-type", "text/html"}});
    const auto outcome = publish({event("a")});
    EXPECT_EQ(outcome.kind, PublishKind::retry_later) << status;
    EXPECT_NE(outcome.message.find("captive portal"), std::string::npos) << outcome.message;
  }
  EXPECT_EQ(script_->requests.size(), 5U);
}

TEST_F(PubsubPublisherTest, Answer200WithoutAllMessageIdsIsNotBelieved) {
  for (const char* body : {"", "<html>", "{}", R"({"messageIds":["1"]})", R"({"messageIds":7})"}) {
    answer(200, body);
    EXPECT_EQ(publish({event("a"), event("b")}).kind, PublishKind::retry_later) << body;
  }
}

}  // namespace
}  // namespace dl::uplink
