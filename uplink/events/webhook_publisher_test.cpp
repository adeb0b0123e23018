#include "uplink/events/webhook_publisher.h"

#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "uplink/delivery/test_station.h"
#include "uplink/events/cloud_event.h"
#include "uplink/events/webhook_signature.h"

namespace dl::uplink {
namespace {

using testing::ScriptedTransport;

spool::Announcement event(const Attributes& attributes = {{"ce-id", "e1"}, {"content-type", "application/json"}}) {
  spool::Announcement made;
  made.event_id = "e1";
  made.attributes_json = nlohmann::json(attributes).dump();
  made.payload = R"({"a":1})";
  return made;
}

class WebhookTest : public ::testing::Test {
 protected:
  void answer(int status, std::vector<HttpHeader> headers = {}, std::string body = {}) {
    script_->answers.push_back(HttpResponse{status, std::move(headers), std::move(body)});
  }
  PublishOutcome publish(const spool::Announcement& one, const std::string& url = "https://hook.example/in?token=T") {
    WebhookPublisher publisher({"hook", url, secret_file_}, std::make_unique<ScriptedTransport>(script_), clock_);
    return publisher.publish(std::span(&one, 1), {});
  }
  std::map<std::string, std::string> headers_sent() {
    std::map<std::string, std::string> headers;
    for (const HttpHeader& header : script_->requests.back().headers) {
      EXPECT_TRUE(headers.emplace(header.name, header.value).second) << header.name << " came twice";
    }
    return headers;
  }

  testing::Folder folder_;
  std::optional<std::filesystem::path> secret_file_;
  std::shared_ptr<ScriptedTransport::Script> script_ = std::make_shared<ScriptedTransport::Script>();
  ManualClock clock_{parse_utc("2026-05-12T12:00:00.9Z").value()};
};

TEST_F(WebhookTest, EventIsOnePostInBinaryMode) {
  answer(204);
  const auto outcome = publish(event({{"ce-id", "e1"},
                                      {"ce-subject", "a b\"c%d\xe2\x82\xac"},
                                      {"content-type", "application/geo+json"},
                                      {"scene_id", "s1"},
                                      {"bucketId", "scenes"},
                                      {"pass_id", ""}}));
  EXPECT_EQ(outcome.kind, PublishKind::sent) << outcome.message;
  EXPECT_EQ(script_->requests[0].method, "POST");
  EXPECT_FALSE(script_->requests[0].bounded);  // a slow link may take its time
  EXPECT_EQ(script_->requests[0].url, "https://hook.example/in?token=T");
  EXPECT_EQ(script_->requests[0].body, R"({"a":1})");
  const std::map<std::string, std::string> expected{{"ce-id", "e1"},
                                                    {"ce-subject", "a%20b%22c%25d%E2%82%AC"},
                                                    {"Content-Type", "application/geo+json"},
                                                    {"ce-sceneid", "s1"},
                                                    {"ce-bucketid", "scenes"}};
  EXPECT_EQ(headers_sent(), expected);
}

TEST_F(WebhookTest, ExampleOfTheHttpBindingIsEncodedAsItSays) {
  EXPECT_EQ(encode_header_value("Euro \xe2\x82\xac \xf0\x9f\x98\x80"), "Euro%20%E2%82%AC%20%F0%9F%98%80");
  EXPECT_EQ(encode_header_value("!~\x7f\n"), "!~%7F%0A");
}

TEST_F(WebhookTest, BatchIsOneEvent) {
  WebhookPublisher publisher({"hook", "https://hook.example", {}}, std::make_unique<ScriptedTransport>(script_),
                             clock_);
  const std::vector<spool::Announcement> many(3, event());
  EXPECT_EQ(publisher.batch_size(many), 1U);
  EXPECT_EQ(publisher.batch_size({}), 0U);
}

TEST_F(WebhookTest, RequestIsSignedWithEverySecretOfTheFileAsItIsNow) {
  // Base64 of 24 times 'a' and of 32 times 'b'. The signatures are those of the openssl program:
  //   printf 'e1.1778587200.{"a":1}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:6161... -binary | base64
  const std::string first = "whsec_YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh";
  const std::string second = "whsec_YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmI=";
  secret_file_ = folder_ / "secret";
  testing::write_text(*secret_file_, first + "\n");
  answer(200);
  EXPECT_EQ(publish(event()).kind, PublishKind::sent);
  EXPECT_EQ(headers_sent()["webhook-id"], "e1");
  EXPECT_EQ(headers_sent()["webhook-timestamp"], "1778587200");
  EXPECT_EQ(headers_sent()["webhook-signature"], "v1,y8VRIWFefop/7Qq+JAb8FluxFVaW9NO54xSosUB8p/g=");
  testing::write_text(*secret_file_, second + "\r\n\n  " + first);
  answer(200);
  EXPECT_EQ(publish(event()).kind, PublishKind::sent);
  EXPECT_EQ(headers_sent()["webhook-signature"],
            "v1,H79yYqt/MkJRIwvqrRPZXfB49CdvND9qoF0gZvMl6So= v1,y8VRIWFefop/7Qq+JAb8FluxFVaW9NO54xSosUB8p/g=");
}

TEST_F(WebhookTest, SecretThatCannotBeUsedIsForTheOperatorToMend) {
  secret_file_ = folder_ / "secret";
  EXPECT_EQ(publish(event()).kind, PublishKind::refused);
  for (const std::string text : {"", "\n\n", "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh", "whsec_YWFh", "whsec_%%%%"}) {
    testing::write_text(*secret_file_, text);
    const auto outcome = publish(event());
    EXPECT_EQ(outcome.kind, PublishKind::refused) << text;
    EXPECT_EQ(outcome.message.find("YWFh"), std::string::npos) << "a secret in a message";
  }
  EXPECT_TRUE(script_->requests.empty());
}

TEST_F(WebhookTest, AnswersAreSortedByWhatToDo) {
  for (const int status : {200, 201, 202, 204}) {
    answer(status);
    const auto outcome = publish(event());
    EXPECT_EQ(outcome.kind, PublishKind::sent) << status;
    EXPECT_EQ(outcome.message_ids.size(), 1U);
  }
  for (const int status : {301, 302, 307, 308, 408, 425, 429, 500, 502, 503, 504}) {
    answer(status, {{"retry-after", "9"}});
    const auto outcome = publish(event());
    EXPECT_EQ(outcome.kind, PublishKind::retry_later) << status;
    EXPECT_EQ(outcome.retry_after, Seconds{9});
  }
  for (const int status : {401, 403, 404, 410}) {
    answer(status);
    EXPECT_EQ(publish(event()).kind, PublishKind::refused) << status;
  }
  for (const int status : {400, 405, 409, 413, 415, 422}) {
    answer(status);
    const auto outcome = publish(event());
    EXPECT_EQ(outcome.kind, PublishKind::rejected) << status;
    EXPECT_EQ(outcome.message, "posting to webhook 'hook': the receiver answered " + std::to_string(status));
  }
  script_->answers.push_back(fail(ErrorKind::transient, "timed out"));
  EXPECT_EQ(publish(event()).kind, PublishKind::retry_later);
  script_->answers.push_back(fail(ErrorKind::config, "bad certificate"));
  EXPECT_EQ(publish(event()).kind, PublishKind::refused);
}

TEST_F(WebhookTest, PortalsPageIsNotTakenForAReceiverUnlessACertificateVouchesForIt) {
  const std::string page = "<html><title>Harbour WiFi</title>";
  answer(200, {{"content-type", "text/html; charset=utf-8"}}, page);
  EXPECT_EQ(publish(event(), "http://hook.example/in").kind, PublishKind::retry_later);
  answer(200, {{"content-type", "text/html"}}, page);
  EXPECT_EQ(publish(event(), "https://hook.example/in").kind, PublishKind::sent);
  answer(204);
  EXPECT_EQ(publish(event(), "http://hook.example/in").kind, PublishKind::sent);
}

TEST_F(WebhookTest, EventThatIsNoneIsRejectedWithoutARequest) {
  spool::Announcement empty = event();
  empty.payload.clear();
  EXPECT_EQ(publish(empty).kind, PublishKind::rejected);
  spool::Announcement broken = event();
  broken.attributes_json = "[]";
  EXPECT_EQ(publish(broken).kind, PublishKind::rejected);
  EXPECT_TRUE(script_->requests.empty());
}

}  // namespace
}  // namespace dl::uplink
