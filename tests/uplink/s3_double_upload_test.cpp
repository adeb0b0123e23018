// What only the double does: rare answers of Amazon's, limits that real servers do not let a test reach, keys that
// expire.
#include <thread>

#include "tests/uplink/s3_fixture.h"

namespace dl::test {
namespace {

using uplink::OutcomeKind;
using uplink::testing::noise;

class S3Double : public S3Fixture {
 protected:
  void SetUp() override {
    if (!server_.is_double()) GTEST_SKIP() << "of the double";
    S3Fixture::SetUp();
  }
};

TEST_F(S3Double, ListOfMoreThanAThousandPartsIsReadToItsEnd) {
  settings(R"({"part_min_bytes":1024})");
  s3_.upload.part_bytes = 1024;
  use_content(noise(1100 * 1024 + 1));
  EXPECT_EQ(attempt(1080).kind, OutcomeKind::stopped);
  server_.proxy->forget_requests();
  expect_delivered(attempt());
  EXPECT_EQ(count("GET", "max-parts"), 2U);
  EXPECT_EQ(count("PUT", "partNumber="), 21U);
}

TEST_F(S3Double, ErrorInAnAnswer200IsTriedLater) {
  double_fault(R"([{"operation":"CompleteMultipartUpload","status":200,"code":"InternalError"}])");
  const auto outcome = attempt();
  EXPECT_EQ(outcome.kind, OutcomeKind::retry_later);
  EXPECT_NE(outcome.message.find("InternalError"), std::string::npos);
  expect_delivered(attempt());
  EXPECT_EQ(sent_bytes(), content_.size());
}

TEST_F(S3Double, ConflictingRequestsBeginAgain) {
  double_fault(R"([{"operation":"CompleteMultipartUpload","status":409,"code":"ConditionalRequestConflict"}])");
  expect_delivered(attempt());
  EXPECT_EQ(count("POST", "uploads="), 2U);
  use_small_content();
  double_fault(R"([{"operation":"PutObject","status":409,"code":"ConditionalRequestConflict"}])");
  expect_delivered(attempt());
}

TEST_F(S3Double, ServerThatForgetsFinishedUploadsIsAskedForTheObject) {
  settings(R"({"complete_twice":false})");
  break_request(R"([{"method":"POST","contains":"uploadId=","drop_answer":true,"times":2}])");
  expect_delivered(attempts());
  EXPECT_EQ(sent_bytes(), content_.size());
}

TEST_F(S3Double, UploadThatIsForgottenInTheMiddleOfAnAttemptBeginsAgain) {
  double_fault(R"([{"operation":"UploadPart","status":404,"code":"NoSuchUpload"}])");
  const auto outcome = attempt();
  EXPECT_EQ(outcome.kind, OutcomeKind::confirmed) << outcome.message;
  EXPECT_TRUE(stored() == content_);
}

TEST_F(S3Double, ServerWithoutTheChecksumOfTheWholeIsAskedForTheObject) {
  settings(R"({"full_object_checksum":false})");
  expect_delivered(attempt());
  EXPECT_EQ(count("HEAD", ""), 3U);
}

TEST_F(S3Double, PartThatTheServerLostIsFoundByInvalidPart) {
  double_fault(R"([{"operation":"CompleteMultipartUpload","status":400,"code":"InvalidPart"}])");
  expect_delivered(attempt());
  EXPECT_EQ(count("GET", "max-parts"), 1U);
  EXPECT_EQ(sent_bytes(), content_.size());
}

TEST_F(S3Double, SlowDownAndTooSmallParts) {
  double_fault(R"([{"operation":"UploadPart","status":503,"code":"SlowDown","headers":{"Retry-After":"9"}}])");
  const auto slow = attempt();
  EXPECT_EQ(slow.kind, OutcomeKind::retry_later);
  EXPECT_EQ(slow.retry_after, Seconds{9});
  settings(R"({"part_min_bytes":1000000})");
  const auto small = attempt();
  EXPECT_EQ(small.kind, OutcomeKind::permanent) << small.message;
  EXPECT_EQ(open_uploads(), 0U);
}

TEST_F(S3Double, TokenThatExpiresIsRefusedUntilTheFileHasANewOne) {
  settings(R"({"session_token":"T1"})");
  write_keys(server_.server->value("secret_key"), "T1");
  EXPECT_EQ(attempt(1).kind, OutcomeKind::stopped);
  settings(R"({"expired_tokens":["T1"],"session_token":"T2"})");
  const auto outcome = attempt();
  EXPECT_EQ(outcome.kind, OutcomeKind::refused) << outcome.message;
  EXPECT_EQ(outcome.message.find("T1"), std::string::npos);
  EXPECT_NE(outcome.message.find("ExpiredToken"), std::string::npos);
  EXPECT_EQ(delivery_.committed_bytes, part_bytes_);
  write_keys(server_.server->value("secret_key"), "T2");
  const auto done = attempt();
  settings(R"({"session_token":null,"expired_tokens":[]})");
  ASSERT_EQ(done.kind, OutcomeKind::confirmed) << done.message;
  EXPECT_EQ(count("PUT", "partNumber=1&"), 1U);
  EXPECT_TRUE(stored() == content_);
}

TEST_F(S3Double, ForeignObjectThatComesWhileWeCompleteIsAConflictAndStays) {
  break_request(R"([{"method":"POST","contains":"uploadId=","hold":true}])");
  uplink::Outcome outcome;
  std::thread upload([&] { outcome = attempt(); });
  EXPECT_TRUE(uplink::testing::eventually([&] { return count("POST", "uploadId=") == 1; }));
  put_foreign_object("somebody else's");
  server_.proxy->forget_faults();
  upload.join();
  EXPECT_EQ(outcome.kind, OutcomeKind::conflict) << outcome.message;
  EXPECT_TRUE(stored() == "somebody else's");
  EXPECT_EQ(open_uploads(), 0U);
}

TEST_F(S3Double, WrongRegionIsRefused) {
  use_small_content();
  uplink::HttpOptions http;
  uplink::S3Signer signer(keys_file_, "default", "us-east-1", server_time_);
  const auto destination =
      uplink::make_s3_destination(s3_, std::make_unique<uplink::CurlTransport>(http), signer, clock_);
  PartsCheckpoint checkpoint(delivery_, parts_, clock_);
  const auto outcome = destination->deliver(delivery_, checkpoint).value();
  EXPECT_EQ(outcome.kind, OutcomeKind::refused);
  EXPECT_NE(outcome.message.find("region"), std::string::npos) << outcome.message;
}

TEST_F(S3Double, GivingUpThatFailsIsDoneLater) {
  EXPECT_EQ(attempt(1).kind, OutcomeKind::stopped);
  put_foreign_object("foreign");
  double_fault(R"([{"operation":"AbortMultipartUpload","status":503,"code":"SlowDown","times":1}])");
  EXPECT_EQ(attempt().kind, OutcomeKind::conflict);
  EXPECT_EQ(open_uploads(), 1U);
  ASSERT_FALSE(delivery_.session.empty());
  uplink::S3Signer signer(keys_file_, "default", server_.server->value("region"), server_time_);
  uplink::CurlTransport transport(uplink::HttpOptions{});
  EXPECT_EQ(uplink::abandon_s3_upload(s3_, delivery_, transport, signer, clock_).kind, OutcomeKind::confirmed);
  EXPECT_EQ(open_uploads(), 0U);
}

}  // namespace
}  // namespace dl::test
