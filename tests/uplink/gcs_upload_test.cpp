// The uploader against the strict double, with the faults that links and servers really have.
#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/uplink/gcs_double.h"
#include "uplink/gcs_destination.h"
#include "uplink/test_station.h"

namespace dl::test {
namespace {

using uplink::Outcome;
using uplink::OutcomeKind;
using uplink::testing::noise;

constexpr std::uint64_t kQuantum = uplink::kChunkQuantumBytes;

// Keeps in the delivery what the engine would keep in the journal.
class Checkpoint final : public uplink::DeliveryJournal {
 public:
  Checkpoint(spool::Delivery& delivery, const Clock& clock) : delivery_(delivery), clock_(clock) {}
  Result<void> record_session(const std::string& session) override {
    delivery_.session = session;
    delivery_.session_created_at = clock_.now();
    delivery_.committed_bytes = 0;
    return {};
  }
  Result<void> record_progress(std::uint64_t committed_bytes) override {
    EXPECT_LE(committed_bytes, delivery_.size_bytes);
    delivery_.committed_bytes = committed_bytes;
    return {};
  }
  [[nodiscard]] bool stop_requested() const override { return false; }
  [[nodiscard]] bool abort_requested() const override { return false; }

 private:
  spool::Delivery& delivery_;
  const Clock& clock_;
};

class GcsUploadTest : public ::testing::Test {
 protected:
  GcsUploadTest() { options_.stall_timeout = Milliseconds{1000}; }

  Outcome attempt() {
    uplink::GcsOptions options;
    options.name = "cloud";
    options.endpoint = double_.endpoint();
    options.bucket = bucket_;
    options.upload.chunk_bytes = 2 * kQuantum;
    uplink::GcsDestination destination(options, std::make_unique<uplink::CurlTransport>(options_), credentials_,
                                       clock_);
    Checkpoint checkpoint(delivery_, clock_);
    return destination.deliver(delivery_, checkpoint).value();
  }
  // As the engine does, without the waiting.
  Outcome attempts(unsigned limit = 20) {
    Outcome outcome;
    for (attempts_ = 1; attempts_ <= limit; ++attempts_) {
      outcome = attempt();
      EXPECT_EQ(outcome.message.find("upload_id"), std::string::npos) << outcome.message;
      if (outcome.kind != OutcomeKind::retry_later) break;
    }
    return outcome;
  }
  std::uint64_t sent_bytes() {
    std::uint64_t sum = 0;
    for (const auto& request : double_.requests()) sum += request.kind == "data" ? request.body_bytes : 0;
    return sum;
  }
  std::size_t count(const std::string& kind) {
    const auto seen = double_.requests();
    return static_cast<std::size_t>(
        std::count_if(seen.begin(), seen.end(), [&](const auto& request) { return request.kind == kind; }));
  }
  std::optional<std::string> stored() { return double_.object(bucket_, delivery_.object_name); }

  uplink::testing::Folder folder_;
  std::string content_ = noise(5 * kQuantum + 1234);
  spool::Delivery delivery_ = uplink::testing::make_delivery(folder_ / "band-4.tif", content_);
  GcsDouble double_;
  SystemClock clock_;
  uplink::HttpOptions options_;
  uplink::NoCredentials credentials_;
  std::string bucket_ = "scenes";
  unsigned attempts_ = 0;
};

TEST_F(GcsUploadTest, GoodLinkTakesOneSessionAndEveryByteOnce) {
  const auto outcome = attempts();
  ASSERT_EQ(outcome.kind, OutcomeKind::confirmed) << outcome.message;
  EXPECT_TRUE(stored() == content_);
  EXPECT_EQ(sent_bytes(), content_.size());
  EXPECT_EQ(count("initiate"), 1U);
  EXPECT_EQ(count("query"), 0U);
}

TEST_F(GcsUploadTest, EmptyObject) {
  content_.clear();
  delivery_ = uplink::testing::make_delivery(folder_ / "empty.json", "");
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
    EXPECT_EQ(stored(), std::nullopt);
    EXPECT_FALSE(outcome.message.empty());
  }
}

constexpr OutcomeKind kConfirmed = OutcomeKind::confirmed;
// One chunk of two quanta is 0.38 of the object.
const Case kCases[] = {
    // Google's conformance tests for retries, group 2 and 7.
    {"TwoServerErrorsAtTheStart", R"([{"kind":"initiate","status":503,"times":2}])", kConfirmed, 3},
    {"TwoResetsAtTheStart", R"([{"kind":"initiate","reset_after_bytes":0,"times":2}])", kConfirmed, 3},
    {"ResetAndServerError", R"([{"kind":"initiate","reset_after_bytes":0},{"kind":"initiate","status":503}])",
     kConfirmed, 3},
    {"RequestTimeOutStatus", R"([{"kind":"data","status":408}])", kConfirmed, 2, 1.4},
    {"ServerErrorAfter256KiB", R"([{"kind":"data","commit_bytes":262144,"status":503,"after":true}])", kConfirmed, 2,
     1.2},
    {"ServerErrorThenTimeOut", R"([{"kind":"data","skip":1,"status":503,"after":true},{"kind":"query","status":408}])",
     kConfirmed, 3},
    // Transport.
    {"CutInsideABody", R"([{"kind":"data","reset_after_bytes":300000}])", kConfirmed, 2, 1.4},
    {"CutInsideEveryBodyForAWhile", R"([{"kind":"data","reset_after_bytes":300000,"times":4}])", kConfirmed, 5, 2.0},
    {"ServerThatStalls", R"([{"kind":"data","delay_s":3}])", kConfirmed, 3, 2.0},
    {"PortalInsteadOfTheServer", R"([{"kind":"initiate","html":true},{"kind":"data","html":true}])", kConfirmed, 2,
     1.4},
    {"RedirectByAProxy", R"([{"kind":"data","status":302,"headers":{"Location":"http://127.0.0.1:1/"}}])", kConfirmed,
     2, 1.4},
    {"TooManyRequests", R"([{"kind":"initiate","status":429},{"kind":"data","status":429}])", kConfirmed, 3, 1.4},
    {"RateLimitAs403", R"([{"kind":"initiate","status":403,"reason":"rateLimitExceeded"}])", kConfirmed, 2},
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
    {"BitFlippedOnTheWay", R"([{"kind":"data","flip_bit":true}])", kConfirmed, 1, 2.0},
    // What retrying does not heal.
    {"Forbidden", R"([{"kind":"initiate","status":403,"message":"no storage.objects.create","reason":"forbidden"}])",
     OutcomeKind::refused},
    {"UnauthorisedForGood", R"([{"kind":"initiate","status":401,"times":2}])", OutcomeKind::refused},
    {"BadRequest", R"([{"kind":"initiate","status":400,"message":"Invalid argument."}])", OutcomeKind::permanent},
    {"BadRequestAfterServerError", R"([{"kind":"initiate","status":503},{"kind":"initiate","status":400}])",
     OutcomeKind::permanent, 2},
};

INSTANTIATE_TEST_SUITE_P(Faults, GcsFaults, ::testing::ValuesIn(kCases),
                         [](const auto& suite) { return std::string(suite.param.name); });

TEST_F(GcsUploadTest, ServerThatIsNotThereIsTriedLater) {
  uplink::GcsOptions options;
  options.endpoint = "http://127.0.0.1:1";
  options.bucket = bucket_;
  uplink::GcsDestination destination(options, std::make_unique<uplink::CurlTransport>(options_), credentials_, clock_);
  Checkpoint checkpoint(delivery_, clock_);
  EXPECT_EQ(destination.deliver(delivery_, checkpoint)->kind, OutcomeKind::retry_later);
}

TEST_F(GcsUploadTest, MissingBucketIsRefused) {
  bucket_ = "nowhere";
  const auto outcome = attempts();
  EXPECT_EQ(outcome.kind, OutcomeKind::refused);
  EXPECT_NE(outcome.message.find("bucket does not exist"), std::string::npos) << outcome.message;
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
  auto outcome = attempt();
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
  EXPECT_EQ(stored(), std::nullopt);
}

TEST_F(GcsUploadTest, FileThatRottedBeforeItWasSentMakesNoObject) {
  std::string damaged = content_;
  damaged[0] ^= 4;
  uplink::testing::write_text(delivery_.path, damaged);
  EXPECT_EQ(attempts().kind, OutcomeKind::corrupt);
  EXPECT_EQ(stored(), std::nullopt);
}

TEST(GcsUploadWithTokens, SelfSignedTokenIsAcceptedByAnIndependentCheck) {
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
  auto delivery = uplink::testing::make_delivery(folder / "x.tif", noise(1000));
  uplink::GcsOptions options;
  options.endpoint = server.endpoint();
  options.bucket = "scenes";
  Checkpoint checkpoint(delivery, clock);
  const auto deliver = [&](const std::string& for_audience) {
    uplink::ServiceAccountCredentials credentials(folder / "key.json", for_audience, clock);
    uplink::GcsDestination destination(options, std::make_unique<uplink::CurlTransport>(uplink::HttpOptions{}),
                                       credentials, clock);
    return destination.deliver(delivery, checkpoint).value();
  };
  EXPECT_EQ(deliver("https://elsewhere/").kind, OutcomeKind::refused);
  const auto outcome = deliver(audience);
  EXPECT_EQ(outcome.kind, OutcomeKind::confirmed) << outcome.message;
  EXPECT_EQ(server.objects(), 1U);
}

}  // namespace
}  // namespace dl::test
