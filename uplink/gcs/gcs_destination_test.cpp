#include "uplink/gcs/gcs_destination.h"

#include <gtest/gtest.h>

#include "uplink/delivery/test_station.h"

namespace dl::uplink {
namespace {

using testing::make_delivery;
using testing::Notes;
using testing::ScriptedTransport;

const std::string kEndpoint = "https://storage.googleapis.com";
const std::string kSession = kEndpoint + "/upload/storage/v1/b/scenes/o?upload_id=SECRET";

class FakeSigner final : public RequestSigner {
 public:
  Result<void> sign(HttpRequest& request) override {
    request.headers.push_back({"Authorization", "Bearer token-" + std::to_string(version)});
    return {};
  }
  void invalidate() override { ++version; }
  int version = 1;
};

class GcsDestinationTest : public ::testing::Test {
 protected:
  GcsDestinationTest() {
    options_.name = "cloud";
    options_.endpoint = kEndpoint;
    options_.bucket = "scenes";
    options_.object_prefix = "station1";
    options_.upload.chunk_bytes = kChunkQuantumBytes;
  }
  void answer(int status, std::vector<HttpHeader> headers = {}, std::string body = {}) {
    script_->answers.push_back(HttpResponse{status, std::move(headers), std::move(body)});
  }
  void answer_complete() {
    answer(200, {},
           R"({"generation":"7","size":")" + std::to_string(content_.size()) + R"(","crc32c":")" +
               crc32c_base64(crc32c(as_bytes(content_))) + R"("})");
  }
  Result<Outcome> deliver(const spool::Delivery& delivery) {
    return make_gcs_destination(options_, std::make_unique<ScriptedTransport>(script_), signer_, clock_)
        ->deliver(delivery, notes_);
  }

  testing::Folder folder_;
  std::string content_ = testing::noise(kChunkQuantumBytes + 1000);
  spool::Delivery delivery_ = make_delivery(folder_ / "band-4.tif", content_);
  std::shared_ptr<ScriptedTransport::Script> script_ = std::make_shared<ScriptedTransport::Script>();
  FakeSigner signer_;
  ManualClock clock_{parse_utc("2026-05-12T12:00:00Z").value()};
  GcsOptions options_;
  Notes notes_;
};

TEST_F(GcsDestinationTest, RequestsSayWhatTheProtocolWants) {
  answer(200, {{"location", kSession}});
  answer(308, {{"range", "bytes=0-262143"}});
  answer_complete();
  const auto outcome = deliver(delivery_).value();
  EXPECT_EQ(outcome.kind, OutcomeKind::confirmed) << outcome.message;
  ASSERT_EQ(script_->requests.size(), 3U);
  const auto& opening = script_->requests[0];
  EXPECT_EQ(opening.method, "POST");
  EXPECT_EQ(opening.url, kEndpoint +
                             "/upload/storage/v1/b/scenes/o?uploadType=resumable&name=station1%2Fmetop-b%2Fs1"
                             "%2Fband-4.tif&ifGenerationMatch=0");
  EXPECT_EQ(opening.header("X-Upload-Content-Type"), "image/tiff");
  EXPECT_EQ(opening.header("X-Upload-Content-Length"), std::to_string(content_.size()));
  EXPECT_NE(opening.body.find("\"crc32c\":\"" + crc32c_base64(delivery_.crc32c)), std::string::npos) << opening.body;
  EXPECT_NE(opening.body.find(delivery_.sha256), std::string::npos);
  EXPECT_EQ(script_->requests[1].header("Content-Range"), "bytes 0-262143/263144");
  EXPECT_EQ(script_->requests[1].header("X-GUploader-No-308"), "yes");
  EXPECT_EQ(script_->requests[1].body, content_.substr(0, kChunkQuantumBytes));
  EXPECT_EQ(script_->requests[2].header("Content-Range"), "bytes 262144-263143/263144");
  EXPECT_EQ(script_->requests[2].body, content_.substr(kChunkQuantumBytes));
}

TEST_F(GcsDestinationTest, SessionIsWrittenDownBeforeTheFirstByteAndProgressAfterEachAcknowledgement) {
  answer(200, {{"location", kSession}});
  script_->answers.push_back(fail(ErrorKind::transient, "connection reset"));
  EXPECT_EQ(deliver(delivery_)->kind, OutcomeKind::retry_later);
  EXPECT_EQ(notes_.sessions, std::vector<std::string>{kSession});
  EXPECT_TRUE(notes_.progress.empty());

  delivery_.session = kSession;
  delivery_.session_created_at = clock_.now();
  answer(308, {{"range", "bytes=0-262143"}});
  answer_complete();
  EXPECT_EQ(deliver(delivery_)->kind, OutcomeKind::confirmed);
  EXPECT_EQ(notes_.progress, std::vector<std::uint64_t>{kChunkQuantumBytes});
}

TEST_F(GcsDestinationTest, ExpiredSessionIsForgottenInTheJournal) {
  delivery_.session = kSession;
  delivery_.session_created_at = clock_.now() - Seconds{7 * 86400};
  answer(503);
  EXPECT_EQ(deliver(delivery_)->kind, OutcomeKind::retry_later);
  EXPECT_EQ(notes_.sessions, std::vector<std::string>{""});
}

TEST_F(GcsDestinationTest, StopEndsTheUploadAfterAnAcknowledgedChunk) {
  notes_.stop_after_progress = true;
  answer(200, {{"location", kSession}});
  answer(308, {{"range", "bytes=0-262143"}});
  EXPECT_EQ(deliver(delivery_)->kind, OutcomeKind::stopped);
  EXPECT_EQ(notes_.progress, std::vector<std::uint64_t>{kChunkQuantumBytes});
  EXPECT_EQ(script_->requests.size(), 2U);
}

TEST_F(GcsDestinationTest, AbortEndsTheUploadInsideARequest) {
  notes_.abort = true;
  EXPECT_EQ(deliver(delivery_)->kind, OutcomeKind::stopped);
}

TEST_F(GcsDestinationTest, FileThatRotsIsNeverCompletedOnTheServer) {
  std::string damaged = content_;
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  testing::write_text(delivery_.path, damaged);
  answer(200, {{"location", kSession}});
  answer(308, {{"range", "bytes=0-262143"}});
  const auto outcome = deliver(delivery_).value();
  EXPECT_EQ(outcome.kind, OutcomeKind::corrupt);
  EXPECT_NE(outcome.message.find("band-4.tif"), std::string::npos);
  EXPECT_EQ(script_->requests.size(), 2U);  // the last chunk was not sent whole
}

TEST_F(GcsDestinationTest, FileOfOtherSizeOrGoneIsCorruptBeforeAnythingIsSent) {
  testing::write_text(delivery_.path, content_ + "x");
  EXPECT_EQ(deliver(delivery_)->kind, OutcomeKind::corrupt);
  std::filesystem::remove(delivery_.path);
  EXPECT_EQ(deliver(delivery_)->kind, OutcomeKind::corrupt);
  EXPECT_TRUE(script_->requests.empty());
}

TEST_F(GcsDestinationTest, HashMismatchOfAnUnchangedFileIsSentAgainFromTheStart) {
  answer(200, {{"location", kSession}});
  answer(308, {{"range", "bytes=0-262143"}});
  answer(400, {}, R"({"error":{"message":"Provided CRC32C \"a\" doesn't match calculated CRC32C \"b\"."}})");
  answer(200, {{"location", kSession + "2"}});
  answer_complete();
  EXPECT_EQ(deliver(delivery_)->kind, OutcomeKind::confirmed);
  EXPECT_EQ(notes_.sessions, (std::vector<std::string>{kSession, "", kSession + "2"}));
  EXPECT_EQ(script_->requests[4].header("Content-Range"), "bytes 0-262143/263144");
}

TEST_F(GcsDestinationTest, Answer401IsRepeatedWithANewToken) {
  answer(401, {}, R"({"error":{"message":"Invalid Credentials"}})");
  answer(200, {{"location", kSession}});
  answer_complete();
  EXPECT_EQ(deliver(delivery_)->kind, OutcomeKind::confirmed);
  EXPECT_EQ(script_->requests[0].header("Authorization"), "Bearer token-1");
  EXPECT_EQ(script_->requests[1].header("Authorization"), "Bearer token-2");
}

TEST_F(GcsDestinationTest, CredentialsGoToTheEndpointOnly) {
  answer(200, {{"location", "https://elsewhere.example/upload?upload_id=1"}});
  answer_complete();
  EXPECT_EQ(deliver(delivery_)->kind, OutcomeKind::confirmed);
  EXPECT_NE(script_->requests[0].header("Authorization"), "");
  EXPECT_EQ(script_->requests[1].header("Authorization"), "");
}

TEST_F(GcsDestinationTest, SessionThatLeavesHttpsIsNotUsed) {
  for (const char* location : {"http://storage.googleapis.com/upload?upload_id=1", "ftp://x/", "/relative"}) {
    answer(200, {{"location", location}});
    const auto outcome = deliver(delivery_).value();
    EXPECT_EQ(outcome.kind, OutcomeKind::retry_later) << location;
    EXPECT_EQ(outcome.message.find("upload_id"), std::string::npos);
  }
  EXPECT_EQ(script_->requests.size(), 3U);
  EXPECT_TRUE(notes_.sessions.empty());
}

TEST_F(GcsDestinationTest, EmptyFileIsDelivered) {
  content_.clear();
  delivery_ = make_delivery(folder_ / "empty.json", "");
  answer(200, {{"location", kSession}});
  answer_complete();
  EXPECT_EQ(deliver(delivery_)->kind, OutcomeKind::confirmed);
  EXPECT_EQ(script_->requests[1].header("Content-Range"), "bytes */0");
}

}  // namespace
}  // namespace dl::uplink
