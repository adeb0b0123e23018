// What ends or turns an upload: error answers, other objects in the place, damage.
#include "uplink/gcs/resumable_upload_fixture.h"

namespace dl::uplink {
namespace {

using namespace testing;

// The error classes.

TEST_F(ResumableUploadTest, TransientStatusesEndTheAttemptAndKeepTheSession) {
  for (const int status : {408, 429, 500, 502, 503, 504, 511, 302, 307}) {
    auto upload = at_last_chunk();
    upload.on_response(answer(status, {{"retry-after", "7"}}), kNow);
    EXPECT_EQ(upload.outcome().kind, OutcomeKind::retry_later) << status;
    EXPECT_EQ(upload.outcome().retry_after, Seconds{7});
    EXPECT_EQ(upload.session(), kSession);
  }
}

TEST_F(ResumableUploadTest, RetryAfterMayBeADate) {
  auto upload = opened();
  upload.on_response(answer(503, {{"retry-after", "Tue, 12 May 2026 12:01:30 GMT"}}), kNow);
  EXPECT_EQ(upload.outcome().retry_after, Seconds{90});
}

TEST_F(ResumableUploadTest, RateLimitBehind403IsTransient) {
  for (const char* reason : {"rateLimitExceeded", "userRateLimitExceeded"}) {
    auto upload = opened();
    upload.on_response(error(403, "slow down", reason), kNow);
    EXPECT_EQ(upload.outcome().kind, OutcomeKind::retry_later);
  }
}

TEST_F(ResumableUploadTest, Forbidden403IsRefusedWithTheServersWords) {
  ResumableUpload upload(kEndpoint, object(), std::nullopt, options(), kNow);
  upload.on_response(error(403, "station@p does not have storage.objects.create access", "forbidden"), kNow);
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::refused);
  EXPECT_NE(upload.outcome().message.find("storage.objects.create"), std::string::npos);
}

// Not a word about this object: no other would fare better, and the operator has to look.
TEST_F(ResumableUploadTest, NotImplemented501AndProxyAuthentication407AreRefusedAndKeepTheSession) {
  for (const int status : {501, 407}) {
    auto upload = at_last_chunk();
    upload.on_response(error(status, "no"), kNow);
    EXPECT_EQ(upload.outcome().kind, OutcomeKind::refused) << status;
    EXPECT_EQ(upload.session(), kSession);
  }
}

TEST_F(ResumableUploadTest, ClosedRequest499MeansTheSessionOnlyWhereThereIsOne) {
  auto starting = at_step(UploadStep::initiate);
  starting.on_response(error(499, "Client Closed Request"), kNow);
  EXPECT_EQ(starting.outcome().kind, OutcomeKind::retry_later);
}

// gcloud asks for the bucket when sessions get lost; opening the next one asks the same with fewer rights.
TEST_F(ResumableUploadTest, SessionLostWithItsBucketIsRefusedAfterOneQuestion) {
  auto upload = at_last_chunk();
  upload.on_response(error(404, "Not Found"), kNow);
  ASSERT_EQ(upload.step(), UploadStep::initiate);
  upload.on_response(error(404, "The specified bucket does not exist.", "notFound"), kNow);
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::refused);
}

TEST_F(ResumableUploadTest, MissingBucketIsRefused) {
  ResumableUpload upload(kEndpoint, object(), std::nullopt, options(), kNow);
  upload.on_response(error(404, "The specified bucket does not exist.", "notFound"), kNow);
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::refused);
}

TEST_F(ResumableUploadTest, Unauthorised401IsAnsweredWithFreshCredentialsOnce) {
  auto upload = opened();
  upload.on_response(error(401, "Invalid Credentials"), kNow);
  ASSERT_EQ(upload.step(), UploadStep::refresh_credentials);
  upload.on_credentials_refreshed();
  ASSERT_EQ(upload.step(), UploadStep::query);  // the refused chunk may be kept in part
  upload.on_response(error(401, "Invalid Credentials"), kNow);
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::refused);

  ResumableUpload starting(kEndpoint, object(), std::nullopt, options(), kNow);
  starting.on_response(error(401, "Invalid Credentials"), kNow);
  starting.on_credentials_refreshed();
  EXPECT_EQ(starting.step(), UploadStep::initiate);
}

TEST_F(ResumableUploadTest, OtherClientErrorsAreFinal) {
  for (const int status : {400, 405, 413}) {
    auto upload = at_last_chunk();
    upload.on_response(error(status, "no"), kNow);
    EXPECT_EQ(upload.outcome().kind, OutcomeKind::permanent) << status;
    ResumableUpload starting(kEndpoint, object(), std::nullopt, options(), kNow);
    starting.on_response(error(status, "no"), kNow);
    EXPECT_EQ(starting.outcome().kind, OutcomeKind::permanent) << status;
  }
}

TEST_F(ResumableUploadTest, NothingIsGivenUpForHalfAnAnswer) {
  for (const int status : {400, 405, 407}) {
    auto upload = at_last_chunk();
    auto cut = error(status, "Provided CRC32C");
    cut.body.resize(30);
    upload.on_response(cut, kNow);
    EXPECT_EQ(upload.outcome().kind, status == 407 ? OutcomeKind::refused : OutcomeKind::retry_later) << status;
    EXPECT_EQ(upload.session(), kSession);
  }
}

TEST_F(ResumableUploadTest, NoAnswerIsSortedByItsKind) {
  const std::pair<ErrorKind, OutcomeKind> kCases[] = {
      {ErrorKind::transient, OutcomeKind::retry_later}, {ErrorKind::exhausted, OutcomeKind::retry_later},
      {ErrorKind::io, OutcomeKind::retry_later},        {ErrorKind::cancelled, OutcomeKind::stopped},
      {ErrorKind::config, OutcomeKind::refused},        {ErrorKind::corrupt, OutcomeKind::corrupt}};
  for (const auto& [kind, expected] : kCases) {
    auto upload = opened();
    upload.on_no_response({kind, "x"});
    EXPECT_EQ(upload.outcome().kind, expected) << to_string(kind);
  }
}

// The precondition.

TEST_F(ResumableUploadTest, Precondition412WithOurOwnObjectMeansThatWeHadWon) {
  ResumableUpload starting(kEndpoint, object(), std::nullopt, options(), kNow);
  auto finishing = at_last_chunk();
  for (auto* upload : {&starting, &finishing}) {
    upload->on_response(error(412, "conditionNotMet"), kNow);
    ASSERT_EQ(upload->step(), UploadStep::fetch_metadata);
    EXPECT_TRUE(upload->session().empty());
    upload->on_response(complete(), kNow);
    EXPECT_EQ(upload->outcome().kind, OutcomeKind::confirmed);
    EXPECT_TRUE(upload->outcome().was_there);
    EXPECT_EQ(upload->outcome().generation, "1778587200123456");
  }
}

TEST_F(ResumableUploadTest, Precondition412WithAnotherObjectIsAConflict) {
  for (const auto& body :
       {resource(kTotal, 1), resource(kTotal + 1, 0x12345678), resource(kTotal, 0x12345678, "other")}) {
    ResumableUpload upload(kEndpoint, object(), std::nullopt, options(), kNow);
    upload.on_response(error(412, "conditionNotMet"), kNow);
    upload.on_response(answer(200, {}, body), kNow);
    EXPECT_EQ(upload.outcome().kind, OutcomeKind::conflict) << body;
  }
}

TEST_F(ResumableUploadTest, ObjectThatVanishesAfter412IsUploadedAgain) {
  ResumableUpload upload(kEndpoint, object(), std::nullopt, options(), kNow);
  upload.on_response(error(412, "conditionNotMet"), kNow);
  upload.on_response(error(404, "No such object"), kNow);
  EXPECT_EQ(upload.step(), UploadStep::initiate);
}

TEST_F(ResumableUploadTest, UnreadableMetadataAfter412IsAskedForLater) {
  ResumableUpload upload(kEndpoint, object(), std::nullopt, options(), kNow);
  upload.on_response(error(412, "conditionNotMet"), kNow);
  upload.on_response(answer(200, {}, "{"), kNow);
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::retry_later);
}

// An account that may create but not read: about this object alone, so the destination goes on.
TEST_F(ResumableUploadTest, ExistingObjectThatWeMayNotReadIsAConflict) {
  auto upload = at_step(UploadStep::fetch_metadata);
  upload.on_response(error(403, "no storage.objects.get", "forbidden"), kNow);
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::conflict);
  EXPECT_NE(upload.outcome().message.find("storage.objects.get"), std::string::npos);
}

// What a proxy that takes 308 for a redirect never sees.
TEST_F(ResumableUploadTest, OverriddenStatusIsReadAs308) {
  auto upload = opened();
  upload.on_response(answer(200, {{"x-http-status-code-override", "308"}, {"range", "bytes=0-1048575"}}), kNow);
  EXPECT_EQ(upload.step(), UploadStep::send);
  EXPECT_EQ(offset(upload), 4 * kQuantum);
  upload.on_response(answer(200, {{"x-http-status-code-override", "308"}}), kNow);
  EXPECT_EQ(upload.step(), UploadStep::query);
}

// Whom we tell who we are, and where we would not go.

TEST_F(ResumableUploadTest, SignedIsWhatGoesToTheEndpoint) {
  EXPECT_TRUE(at_step(UploadStep::initiate).next().sign);
  EXPECT_TRUE(at_step(UploadStep::send).next().sign);
  auto upload = at_step(UploadStep::initiate);
  upload.on_response(answer(200, {{"location", "https://elsewhere.example/upload?upload_id=1"}}), kNow);
  EXPECT_EQ(upload.step(), UploadStep::send);
  EXPECT_FALSE(upload.next().sign);
}

TEST_F(ResumableUploadTest, SessionThatLeavesHttpsOrTheWebIsNotUsed) {
  for (const char* location :
       {"http://storage.googleapis.com/upload?upload_id=1", "ftp://x/", "/relative", "https://"}) {
    auto upload = at_step(UploadStep::initiate);
    upload.on_response(answer(200, {{"location", location}}), kNow);
    EXPECT_EQ(upload.outcome().kind, OutcomeKind::retry_later) << location;
    EXPECT_TRUE(upload.session().empty());
    EXPECT_EQ(upload.outcome().message.find("upload_id"), std::string::npos);
  }
  ResumableUpload plain("http://127.0.0.1:4443", object(), std::nullopt, options(), kNow);
  plain.on_response(answer(200, {{"location", "http://127.0.0.1:4443/u"}}), kNow);
  EXPECT_EQ(plain.step(), UploadStep::send);
}

// Damage on the way and on the disk.

TEST_F(ResumableUploadTest, HashMismatchWithAnUnchangedFileIsSentAgain) {
  auto upload = at_last_chunk();
  upload.on_response(error(400, R"(Provided CRC32C \"AAAAAA==\" doesn't match calculated CRC32C \"BBBBBB==\".)"), kNow);
  ASSERT_EQ(upload.step(), UploadStep::verify_file);
  upload.on_file_verified(true);
  EXPECT_EQ(upload.step(), UploadStep::initiate);
  EXPECT_TRUE(upload.session().empty());
}

TEST_F(ResumableUploadTest, HashMismatchWithAChangedFileIsCorrupt) {
  auto upload = at_last_chunk();
  upload.on_response(error(400, R"(Provided MD5 hash \"x\" doesn't match calculated MD5 hash \"y\".)"), kNow);
  ASSERT_EQ(upload.step(), UploadStep::verify_file);
  upload.on_file_verified(false);
  EXPECT_EQ(upload.outcome().kind, OutcomeKind::corrupt);
}

TEST_F(ResumableUploadTest, SessionsOfOtherFormsAreInNoMessageEither) {
  const std::string form = "https://storage.googleapis.com/resumable/SECRET";
  auto upload = at_step(UploadStep::initiate);
  upload.on_response(answer(200, {{"location", form}}), kNow);
  upload.on_response(error(400, "Bad upload session " + form + ", sorry"), kNow);
  EXPECT_EQ(upload.outcome().message.find("SECRET"), std::string::npos) << upload.outcome().message;
}

TEST_F(ResumableUploadTest, NoMessageNamesTheSession) {
  const std::string quoting = "Bad upload session at ?upload_id=SECRET, sorry";
  for (const int status : {400, 403, 429, 503}) {
    auto upload = opened();
    upload.on_response(error(status, quoting), kNow);
    EXPECT_EQ(upload.outcome().message.find("SECRET"), std::string::npos) << upload.outcome().message;
  }
}

}  // namespace
}  // namespace dl::uplink
