// The S3 uploader against a server, with the faults that links and servers really have. Runs against the double always,
// against Ceph's and Swift's real servers with `./tools/test --long`.
#include "tests/uplink/s3_fixture.h"

namespace dl::test {
namespace {

using uplink::OutcomeKind;
using uplink::testing::noise;

class S3Upload : public S3Fixture {};

TEST_F(S3Upload, SmallObjectIsOneUpload) {
  use_small_content();
  expect_delivered(attempt());
  EXPECT_EQ(count("PUT", ""), 1U);
  EXPECT_EQ(sent_bytes(), content_.size());
}

TEST_F(S3Upload, EmptyObject) {
  use_content("");
  expect_delivered(attempt());
}

TEST_F(S3Upload, LargeObjectSendsEveryByteOnce) {
  const auto outcome = attempt();
  expect_delivered(outcome);
  EXPECT_FALSE(outcome.was_there);
  EXPECT_EQ(sent_bytes(), content_.size());
  EXPECT_EQ(count("PUT", "partNumber="), 3U);
}

TEST_F(S3Upload, ObjectOfWholePartsHasNoEmptyOneAtTheEnd) {
  use_content(noise(2 * part_bytes_));
  expect_delivered(attempt());
  EXPECT_EQ(count("PUT", "partNumber="), 2U);
}

TEST_F(S3Upload, ObjectThatIsThereIsNotSentAgain) {
  expect_delivered(attempt());
  server_.proxy->forget_requests();
  const auto again = attempt();
  expect_delivered(again);
  EXPECT_TRUE(again.was_there);
  EXPECT_EQ(sent_bytes(), 0U);
}

TEST_F(S3Upload, PartThatIsCutIsSentAgainAndNoOther) {
  break_request(R"([{"method":"PUT","contains":"partNumber=2","cut_body_after":30000}])");
  EXPECT_EQ(attempt().kind, OutcomeKind::retry_later);
  EXPECT_EQ(delivery_.committed_bytes, part_bytes_);
  expect_delivered(attempt());
  EXPECT_EQ(count("PUT", "partNumber=1&"), 1U);
  EXPECT_EQ(count("POST", "uploads="), 1U);
}

TEST_F(S3Upload, PartWhoseAnswerIsLostIsSentAgain) {
  break_request(R"([{"method":"PUT","contains":"partNumber=2","drop_answer":true}])");
  expect_delivered(attempts());
  EXPECT_EQ(attempts_, 2U);
  EXPECT_EQ(count("PUT", "partNumber=1&"), 1U);
  EXPECT_EQ(count("PUT", "partNumber=2&"), 2U);
}

TEST_F(S3Upload, LostAnswerToCompleteIsNoSecondObject) {
  // Twice: a request without a stream, on a connection that was open already, is tried once more by libcurl itself.
  break_request(R"([{"method":"POST","contains":"uploadId=","drop_answer":true,"times":2}])");
  expect_delivered(attempts());
  EXPECT_EQ(attempts_, 2U);
  EXPECT_EQ(sent_bytes(), content_.size());
}

TEST_F(S3Upload, CutAnswerToCompleteIsNoSecondObject) {
  break_request(R"([{"method":"POST","contains":"uploadId=","truncate_answer":50}])");
  expect_delivered(attempts());
  EXPECT_EQ(sent_bytes(), content_.size());
}

TEST_F(S3Upload, LostAnswerToASmallUploadIsFoundByComparing) {
  use_small_content();
  break_request(R"([{"method":"PUT","drop_answer":true}])");
  EXPECT_EQ(attempt().kind, OutcomeKind::retry_later);
  const auto outcome = attempt();
  expect_delivered(outcome);
  EXPECT_TRUE(outcome.was_there);
}

TEST_F(S3Upload, LostAnswerToTheOpeningLeavesAnUploadThatOnlyALifecycleRuleEnds) {
  break_request(R"([{"method":"POST","contains":"uploads=","drop_answer":true}])");
  const auto outcome = attempts();
  EXPECT_EQ(outcome.kind, OutcomeKind::confirmed) << outcome.message;
  EXPECT_TRUE(stored() == content_);
  EXPECT_EQ(open_uploads(), 1U);  // nobody has ever told us its id
}

TEST_F(S3Upload, ServerErrorsAreTriedLater) {
  break_request(R"([{"method":"HEAD","status":503},{"method":"POST","status":500},{"method":"PUT","status":503,"skip":1,
                     "headers":{"Retry-After":"7"}},{"method":"GET","contains":"uploadId","status":502}])");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(attempt().kind, OutcomeKind::retry_later);
  EXPECT_EQ(delivery_.committed_bytes, part_bytes_);
  EXPECT_EQ(attempt().kind, OutcomeKind::retry_later);
  expect_delivered(attempt());
  EXPECT_EQ(count("PUT", "partNumber=1&"), 1U);
}

TEST_F(S3Upload, ForeignObjectIsAConflictAndStays) {
  for (const bool small : {true, false}) {
    use_content(noise(small ? 1000 : 2 * part_bytes_));
    const std::string foreign = noise(content_.size(), 9);
    put_foreign_object(foreign);
    const auto outcome = attempt();
    EXPECT_EQ(outcome.kind, OutcomeKind::conflict) << outcome.message;
    EXPECT_TRUE(stored() == foreign);
    EXPECT_EQ(open_uploads(), 0U);
  }
}

TEST_F(S3Upload, ForeignObjectThatComesWhileWeSendIsAConflictAndThePartsAreGivenUp) {
  EXPECT_EQ(attempt(1).kind, OutcomeKind::stopped);
  EXPECT_EQ(open_uploads(), 1U);
  put_foreign_object("somebody else's");
  const auto outcome = attempt();
  EXPECT_EQ(outcome.kind, OutcomeKind::conflict) << outcome.message;
  EXPECT_TRUE(stored() == "somebody else's");
  EXPECT_EQ(open_uploads(), 0U);
  EXPECT_TRUE(delivery_.session.empty());
}

TEST_F(S3Upload, BitThatFlipsOnTheWayIsRefusedAndSentAgain) {
  break_request(R"([{"method":"PUT","contains":"partNumber=2","flip_bit":true}])");
  expect_delivered(attempt());
  EXPECT_EQ(count("PUT", "partNumber=2&"), 2U);
  use_small_content();
  break_request(R"([{"method":"PUT","flip_bit":true}])");
  expect_delivered(attempt());
}

TEST_F(S3Upload, FileThatRotsBetweenTwoAttemptsMakesNoObject) {
  EXPECT_EQ(attempt(1).kind, OutcomeKind::stopped);
  std::string damaged = content_;
  damaged[content_.size() - 5] ^= 4;
  uplink::testing::write_text(delivery_.path, damaged);
  const auto outcome = attempt();
  EXPECT_EQ(outcome.kind, OutcomeKind::corrupt) << outcome.message;
  EXPECT_FALSE(stored());
}

TEST_F(S3Upload, ClockThatIsAheadIsCorrectedByTheServersDate) {
  station_clock_ = ShiftedClock(Seconds{20 * 60});
  expect_delivered(attempt());
  EXPECT_TRUE(server_time_.skewed());
}

TEST_F(S3Upload, ClockThatIsBehindIsCorrectedByTheServersDate) {
  station_clock_ = ShiftedClock(Seconds{-20 * 60});
  use_small_content();
  expect_delivered(attempt());
  EXPECT_TRUE(server_time_.skewed());
}

TEST_F(S3Upload, WrongSecretIsRefusedUntilTheFileIsMended) {
  write_keys("WRONG");
  const auto outcome = attempt();
  EXPECT_EQ(outcome.kind, OutcomeKind::refused) << outcome.message;
  EXPECT_EQ(outcome.message.find("WRONG"), std::string::npos);
  use_small_content();
  EXPECT_EQ(attempt().kind, OutcomeKind::refused);
  write_keys(server_.server->value("secret_key"));
  expect_delivered(attempt());
}

TEST_F(S3Upload, MissingBucketIsRefused) {
  s3_.location.bucket = "nowhere";
  for (const bool small : {true, false}) {
    use_content(noise(small ? 1000 : 2 * part_bytes_));
    const auto outcome = attempt();
    EXPECT_EQ(outcome.kind, OutcomeKind::refused) << outcome.message;
    EXPECT_NE(outcome.message.find("NoSuchBucket"), std::string::npos) << outcome.message;
  }
}

TEST_F(S3Upload, UploadThatTheServerHasForgottenBeginsAgain) {
  EXPECT_EQ(attempt(1).kind, OutcomeKind::stopped);
  const std::string id = delivery_.session.substr(delivery_.session.find(' ') + 1);
  EXPECT_EQ(ask("DELETE", object_target() + "?uploadId=" + uplink::percent_encode(id)).status, 204);
  expect_delivered(attempt());
  EXPECT_EQ(count("POST", "uploads="), 2U);
}

TEST_F(S3Upload, UploadOfADroppedDeliveryCanBeGivenUp) {
  EXPECT_EQ(attempt(1).kind, OutcomeKind::stopped);
  EXPECT_EQ(open_uploads(), 1U);
  uplink::S3Signer signer(keys_file_, "default", server_.server->value("region"), server_time_);
  uplink::CurlTransport transport(uplink::HttpOptions{});
  for (int i = 0; i < 2; ++i) {  // the second time there is nothing left
    EXPECT_EQ(uplink::abandon_s3_upload(s3_, delivery_, transport, signer, clock_).kind, OutcomeKind::confirmed);
    EXPECT_EQ(open_uploads(), 0U);
  }
}

TEST_F(S3Upload, PartsTheJournalDoesNotKnowAreSentAgain) {
  EXPECT_EQ(attempt(2).kind, OutcomeKind::stopped);
  parts_.erase(parts_.begin());
  expect_delivered(attempt());
  EXPECT_EQ(count("PUT", "partNumber=1&"), 2U);
  EXPECT_EQ(count("PUT", "partNumber=2&"), 1U);
}

TEST_F(S3Upload, MetadataSaysWhatTheObjectIs) {
  use_small_content();
  expect_delivered(attempt());
  const auto head = ask("HEAD", object_target());
  EXPECT_EQ(head.header("x-amz-meta-sha256"), delivery_.sha256);
  EXPECT_EQ(head.header("x-amz-meta-crc32c"), crc32c_base64(delivery_.crc32c));
  EXPECT_EQ(head.header("content-type"), "image/tiff");
}

TEST_F(S3Upload, ServerWithoutIfNoneMatchIsRefusedWithWhatToDo) {
  if (!server_.is_swift()) GTEST_SKIP() << "of Swift";
  s3_.upload.create_only = uplink::CreateOnly::if_none_match;
  use_small_content();
  const auto outcome = attempt();
  EXPECT_EQ(outcome.kind, OutcomeKind::refused) << outcome.message;
  EXPECT_NE(outcome.message.find("create_only"), std::string::npos) << outcome.message;
}

}  // namespace
}  // namespace dl::test
