// The uploader against the strict double, with the faults that links and servers really have.
#include <nlohmann/json.hpp>

#include "tests/uplink/gcs_upload_fixture.h"
#include "uplink/credentials/bearer_signer.h"
#include "uplink/http/server_time.h"

namespace dl::test {
namespace {

using uplink::OutcomeKind;
using uplink::testing::noise;

using GcsUploadTest = GcsUploadFixture;

TEST_F(GcsUploadTest, GoodLinkTakesOneSessionAndEveryByteOnce) {
  const auto outcome = attempts();
  ASSERT_EQ(outcome.kind, OutcomeKind::confirmed) << outcome.message;
  EXPECT_TRUE(stored() == content_);
  EXPECT_EQ(sent_bytes(), content_.size());
  EXPECT_EQ(count("initiate"), 1U);
  EXPECT_EQ(count("query"), 0U);
}

TEST_F(GcsUploadTest, EmptyObject) {
  use_content({});
  EXPECT_EQ(attempts().kind, OutcomeKind::confirmed);
  EXPECT_EQ(stored(), "");
}

// A fault, the outcome when the attempts end, how many attempts that may take, and how much may be sent in all.
struct Case {
  const char* name;
  std::string faults;
  OutcomeKind expected = OutcomeKind::confirmed;
  unsigned most_attempts = 1;
  double most_sent = 1.0;  // in sizes of the object
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

class GcsFaults : public GcsUploadTest, public ::testing::WithParamInterface<Case> {};

TEST_P(GcsFaults, EndWithTheRightObjectOrTheRightReason) {
  const Case& c = GetParam();
  double_.fault(c.faults);
  const auto outcome = attempts();
  EXPECT_EQ(outcome.kind, c.expected) << outcome.message;
  EXPECT_LE(attempts_, c.most_attempts);
  EXPECT_EQ(double_.faults_left(), 0U) << "the fault never struck";
  EXPECT_LE(static_cast<double>(sent_bytes()), c.most_sent * static_cast<double>(content_.size()));
  if (c.expected == OutcomeKind::confirmed) {
    EXPECT_TRUE(stored() == content_);
    EXPECT_EQ(double_.objects(), 1U);
  } else {
    EXPECT_FALSE(stored());
    EXPECT_FALSE(outcome.message.empty());
  }
}

constexpr OutcomeKind kConfirmed = OutcomeKind::confirmed;
// One chunk of two quanta is 0.38 of the object.
const Case kCases[] = {
    // Google's own conformance tests for retries are in gcs_retry_conformance_test.cpp.
    {"RequestTimeOutStatus", R"([{"kind":"data","status":408}])", kConfirmed, 2, 1.4},
    // Transport.
    {"CutInsideABody", R"([{"kind":"data","reset_after_bytes":300000}])", kConfirmed, 2, 1.4},
    {"CutInsideEveryBodyForAWhile", R"([{"kind":"data","reset_after_bytes":300000,"times":4}])", kConfirmed, 5, 2.0},
    {"ServerThatStalls", R"([{"kind":"data","delay_s":3}])", kConfirmed, 3, 2.0},
    {"PortalInsteadOfTheServer", R"([{"kind":"initiate","html":true},{"kind":"data","html":true}])", kConfirmed, 3,
     1.4},
    {"PortalBeforeTheFinalAnswer", R"([{"kind":"data","skip":2,"html":true},{"kind":"query","html":true}])", kConfirmed,
     3, 1.3},
    {"RedirectByAProxy", R"([{"kind":"data","status":302,"headers":{"Location":"http://127.0.0.1:1/"}}])", kConfirmed,
     2, 1.4},
    {"TooManyRequests", R"([{"kind":"initiate","status":429},{"kind":"data","status":429}])", kConfirmed, 3, 1.4},
    {"RateLimitAs403", R"([{"kind":"initiate","status":403,"reason":"rateLimitExceeded"}])", kConfirmed, 2},
    {"UnauthorisedOnceInTheMiddle", R"([{"kind":"data","skip":1,"status":401}])", kConfirmed, 1, 1.4},
    // What the server has.
    {"PartOfAChunkCommitted", R"([{"kind":"data","commit_bytes":262144}])", kConfirmed, 1, 1.2},
    {"NothingOfAChunkCommitted", R"([{"kind":"data","commit_bytes":0}])", kConfirmed, 1, 1.4},
    {"NoRangeAlthoughCommitted", R"([{"kind":"data","skip":1,"omit_range":true}])", kConfirmed, 1, 1.0},
    {"NoRangeForAWhile", R"([{"kind":"data","omit_range":true},{"kind":"query","omit_range":true}])", kConfirmed, 1,
     1.4},
    {"LateCommitSeenByTheNextChunk", R"([{"kind":"data","unreported_bytes":524288}])", kConfirmed, 1, 1.4},
    {"LateCommitSeenAfterAQuery",
     R"([{"kind":"data","skip":1,"status":503,"after":true},{"kind":"query","unreported_bytes":524288}])", kConfirmed,
     2, 1.4},
    {"BytesTakenBack", R"([{"kind":"data","skip":1,"status":503,"after":true},{"kind":"query","forget_bytes":262144}])",
     kConfirmed, 2, 1.2},
    // The next chunk begins beyond what the server has: 503, as of a passing error, until somebody asks what it has.
    {"GapAnswered503", R"([{"kind":"data","skip":1,"forget_bytes":262144}])", kConfirmed, 2, 1.8},
    // The end of an upload.
    {"FinalAnswerLost", R"([{"kind":"data","skip":2,"drop_answer":true}])", kConfirmed, 2},
    {"FinalAnswerCut", R"([{"kind":"data","skip":2,"truncate_answer":40}])", kConfirmed, 1},
    {"FinalAnswerIsServerError", R"([{"kind":"data","skip":2,"status":500,"after":true}])", kConfirmed, 2},
    {"AnswerToTheOpeningLost", R"([{"kind":"initiate","drop_answer":true}])", kConfirmed, 2},
    // Sessions.
    {"SessionNotFound", R"([{"kind":"data","skip":1,"lose_session":404}])", kConfirmed, 1, 1.8},
    {"SessionGone", R"([{"kind":"data","skip":1,"lose_session":410}])", kConfirmed, 1, 1.8},
    {"SessionCancelled", R"([{"kind":"data","skip":1,"lose_session":499}])", kConfirmed, 1, 1.8},
    {"SessionsGoneAgainAndAgain", R"([{"kind":"data","lose_session":410,"times":4}])", kConfirmed, 2, 3.0},
    // Damage.
    {"DamagedSilentlyByTheServer", R"([{"kind":"data","skip":2,"damage_stored":true}])", kConfirmed, 1, 2.0},
    {"DamagedSilentlyAndAnswerLost",
     R"([{"kind":"data","skip":2,"damage_stored":true,"drop_answer":true},{"kind":"delete","drop_answer":true}])",
     kConfirmed, 3, 2.0},
    {"DamagedSilentlyAgainAndAgain",
     R"([{"kind":"data","skip":2,"damage_stored":true},{"kind":"data","skip":4,"damage_stored":true}])",
     OutcomeKind::permanent, 1, 2.0},
    {"BitFlippedOnTheWay", R"([{"kind":"data","flip_bit":true}])", kConfirmed, 1, 2.0},
    // What retrying does not heal.
    {"Forbidden", R"([{"kind":"initiate","status":403,"message":"no storage.objects.create","reason":"forbidden"}])",
     OutcomeKind::refused},
    {"UnauthorisedForGood", R"([{"kind":"initiate","status":401,"times":2}])", OutcomeKind::refused},
    {"BadRequest", R"([{"kind":"initiate","status":400,"message":"Invalid argument."}])", OutcomeKind::permanent},
    {"NotImplemented", R"([{"kind":"initiate","status":501}])", OutcomeKind::refused},
    {"BadRequestAfterServerError", R"([{"kind":"initiate","status":503},{"kind":"initiate","status":400}])",
     OutcomeKind::permanent, 2},
};

INSTANTIATE_TEST_SUITE_P(Faults, GcsFaults, ::testing::ValuesIn(kCases),
                         [](const auto& suite) { return std::string(suite.param.name); });

TEST_F(GcsUploadTest, ServerThatIsNotThereIsTriedLater) {
  gcs_.endpoint = "http://127.0.0.1:1";
  EXPECT_EQ(attempt().kind, OutcomeKind::retry_later);
}

TEST_F(GcsUploadTest, MissingBucketIsRefused) {
  gcs_.bucket = "nowhere";
  const auto outcome = attempts();
  EXPECT_EQ(outcome.kind, OutcomeKind::refused);
  EXPECT_NE(outcome.message.find("bucket does not exist"), std::string::npos) << outcome.message;
}

TEST_F(GcsUploadTest, BucketThatIsDeletedUnderAnUploadIsRefusedAndUsedAgainWhenItIsBack) {
  double_.fault(R"([{"kind":"data","skip":1,"status":503}])");
  EXPECT_EQ(attempt().kind, OutcomeKind::retry_later);
  double_.settings(R"({"buckets":[]})");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(attempt().kind, OutcomeKind::refused);
  EXPECT_TRUE(delivery_.session.empty());
  double_.settings(R"({"buckets":["scenes"]})");
  EXPECT_EQ(attempt().kind, OutcomeKind::confirmed);
  EXPECT_TRUE(stored() == content_);
}

TEST_F(GcsUploadTest, BucketThatAnswers403IsUsedAgainWhenItIsMended) {
  double_.fault(R"([{"kind":"data","skip":1,"status":403,"reason":"forbidden","times":2}])");
  EXPECT_EQ(attempt().kind, OutcomeKind::refused);
  EXPECT_EQ(attempt().kind, OutcomeKind::refused);
  EXPECT_EQ(attempt().kind, OutcomeKind::confirmed);
  EXPECT_TRUE(stored() == content_);
}

TEST_F(GcsUploadTest, OurOwnObjectFromBeforeIsConfirmedAtTheStartAndAtTheEnd) {
  double_.put_object("scenes", delivery_.object_name, content_);
  double_.settings(R"({"precondition_at_initiate":true})");
  const auto outcome = attempt();
  EXPECT_EQ(outcome.kind, OutcomeKind::confirmed);
  EXPECT_TRUE(outcome.was_there);
  EXPECT_EQ(sent_bytes(), 0U);
  double_.settings(R"({"precondition_at_initiate":false})");
  const auto again = attempt();
  EXPECT_EQ(again.kind, OutcomeKind::confirmed);
  EXPECT_EQ(again.generation, outcome.generation);
}

TEST_F(GcsUploadTest, SomebodyElsesObjectIsAConflictAndStays) {
  double_.put_object("scenes", delivery_.object_name, noise(content_.size(), 9));
  for (const char* at_initiate : {"true", "false"}) {
    double_.settings(std::string(R"({"precondition_at_initiate":)") + at_initiate + "}");
    EXPECT_EQ(attempt().kind, OutcomeKind::conflict);
  }
  EXPECT_TRUE(stored() == noise(content_.size(), 9));
}

TEST_F(GcsUploadTest, ObjectThatTheServerDamagedAndThatWeMayNotDeleteIsAConflictAndStays) {
  double_.settings(R"({"may_delete":false})");
  double_.fault(R"([{"kind":"data","skip":2,"damage_stored":true}])");
  const auto outcome = attempts();
  EXPECT_EQ(outcome.kind, OutcomeKind::conflict);
  EXPECT_NE(outcome.message.find("storage.objects.delete"), std::string::npos) << outcome.message;
  // Released by the operator who has given the right.
  double_.settings(R"({"may_delete":true})");
  EXPECT_EQ(attempts().kind, OutcomeKind::confirmed);
  EXPECT_TRUE(stored() == content_);
}

// Only the generation that our session made is ours to delete.
TEST_F(GcsUploadTest, ObjectThatReplacedADamagedOneIsLeftAlone) {
  double_.fault(R"([{"kind":"data","skip":2,"damage_stored":true},{"kind":"delete","status":503}])");
  EXPECT_EQ(attempt().kind, OutcomeKind::retry_later);
  const std::string other = noise(1000, 5);
  double_.put_object("scenes", delivery_.object_name, other);
  EXPECT_EQ(attempt().kind, OutcomeKind::conflict);
  EXPECT_TRUE(stored() == other);
}

TEST_F(GcsUploadTest, ProxyThatTakes308ForARedirectSeesNone) {
  double_.settings(R"({"redirect_308":true})");
  double_.fault(R"([{"kind":"data","skip":1,"reset_after_bytes":300000}])");
  EXPECT_EQ(attempts().kind, OutcomeKind::confirmed);
  EXPECT_EQ(attempts_, 2U);
  EXPECT_TRUE(stored() == content_);
}

TEST_F(GcsUploadTest, NameThatIsWrittenTooOftenWaitsAndIsDelivered) {
  double_.settings(R"({"writes_per_name_s":3600})");
  double_.fault(R"([{"kind":"data","skip":2,"damage_stored":true}])");
  EXPECT_EQ(attempt().kind, OutcomeKind::retry_later);  // the second write of the name
  double_.advance_clock(3601);
  EXPECT_EQ(attempt().kind, OutcomeKind::confirmed);
  EXPECT_TRUE(stored() == content_);
}

TEST_F(GcsUploadTest, SessionOfLastWeekIsReplaced) {
  double_.fault(R"([{"kind":"data","skip":1,"status":503}])");
  EXPECT_EQ(attempt().kind, OutcomeKind::retry_later);
  const std::string old = delivery_.session;
  double_.advance_clock(8 * 86400);
  EXPECT_EQ(attempt().kind, OutcomeKind::confirmed);
  EXPECT_NE(delivery_.session, old);
  EXPECT_TRUE(stored() == content_);
}

TEST_F(GcsUploadTest, FileThatRotsUnderTheUploadMakesNoObject) {
  double_.fault(R"([{"kind":"data","skip":1,"status":503}])");
  EXPECT_EQ(attempt().kind, OutcomeKind::retry_later);
  std::string damaged = content_;
  damaged[content_.size() - 5] ^= 4;
  uplink::testing::write_text(delivery_.path, damaged);
  EXPECT_EQ(attempt().kind, OutcomeKind::corrupt);
  EXPECT_FALSE(stored());
}

TEST_F(GcsUploadTest, FileThatRottedBeforeItWasSentMakesNoObject) {
  std::string damaged = content_;
  damaged[0] ^= 4;
  uplink::testing::write_text(delivery_.path, damaged);
  EXPECT_EQ(attempts().kind, OutcomeKind::corrupt);
  EXPECT_FALSE(stored());
}

TEST(GcsUploadWithTokens, SelfSignedTokensPassAnIndependentCheckAlsoWhenTheClockIsWrong) {
  uplink::testing::Folder folder;
  const std::string private_key = folder / "key.pem";
  const std::string public_key = folder / "public.pem";
  const auto run = [](std::vector<std::string> command) { return ChildProcess(command).wait(); };
  ASSERT_EQ(run({"openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-out", private_key}), 0);
  ASSERT_EQ(run({"openssl", "pkey", "-in", private_key, "-pubout", "-out", public_key}), 0);
  uplink::testing::write_text(folder / "key.json", nlohmann::json{{"type", "service_account"},
                                                                  {"client_email", "station@project.iam"},
                                                                  {"private_key_id", "1"},
                                                                  {"private_key", read_text_file(private_key).value()}}
                                                       .dump());
  const std::string audience = "https://storage.googleapis.com/";
  GcsDouble server({"--jwt-public-key", public_key, "--jwt-audience", audience});
  SystemClock clock;
  uplink::GcsOptions options;
  options.endpoint = server.endpoint();
  options.bucket = "scenes";
  const auto deliver = [&](const std::string& name, const std::string& for_audience) {
    auto delivery = uplink::testing::make_delivery(folder / name, noise(1000));
    Checkpoint checkpoint(delivery, clock);
    uplink::ServerTime server_time(clock);
    uplink::ServiceAccountCredentials credentials(folder / "key.json", for_audience, server_time);
    uplink::BearerSigner signer(credentials);
    uplink::HttpOptions http;
    http.server_time = &server_time;
    return uplink::make_gcs_destination(options, std::make_unique<uplink::CurlTransport>(http), signer, clock)
        ->deliver(delivery, checkpoint)
        .value();
  };
  EXPECT_EQ(deliver("a.tif", "https://elsewhere/").kind, OutcomeKind::refused);
  const auto outcome = deliver("a.tif", audience);
  EXPECT_EQ(outcome.kind, OutcomeKind::confirmed) << outcome.message;
  // A station whose clock is 20 min fast, then 20 min and then three days slow: the refusal says what time it is.
  for (const std::int64_t advance_s : {-1200, 2400, 3 * 86400}) {
    server.advance_clock(advance_s);
    const auto skewed = deliver("b" + std::to_string(advance_s) + ".tif", audience);
    EXPECT_EQ(skewed.kind, OutcomeKind::confirmed) << advance_s << ": " << skewed.message;
  }
  EXPECT_EQ(server.objects(), 4U);
}

}  // namespace
}  // namespace dl::test
