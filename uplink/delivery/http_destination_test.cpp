#include "uplink/delivery/http_destination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "uplink/delivery/test_station.h"

namespace dl::uplink {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = UploadAction::Kind;
using testing::make_delivery;
using testing::ScriptedTransport;

constexpr std::size_t kSize = 700'000;

// Asks for what it was told to ask for, and writes down what it is told.
struct Protocol final : UploadProtocol {
  struct Step {
    UploadAction action;
    std::function<void(Protocol&)> then;  // after any answer
  };
  std::vector<Step> steps;
  std::size_t position = 0;
  std::vector<std::string> told;
  RegionDigests digests;
  std::string session_now;
  std::uint64_t committed = 0;
  std::vector<spool::DeliveryPart> parts;
  Outcome result{OutcomeKind::confirmed, {}, "7", false, {}};
  bool is_ended = false;

  [[nodiscard]] UploadAction next() const override {
    return is_ended || position == steps.size() ? UploadAction{} : steps[position].action;
  }
  void advance(std::string what) {
    told.push_back(std::move(what));
    if (const auto& then = steps[position++].then) then(*this);
  }
  void on_response(const HttpResponse& response, UtcTime) override { advance(std::to_string(response.status)); }
  void on_no_response(const Error& error) override { advance("no response: " + error.message); }
  void on_region_hashed(const RegionDigests& made) override {
    digests = made;
    advance("hashed");
  }
  void on_file_verified(bool unchanged) override { advance(unchanged ? "unchanged" : "changed"); }
  void on_credentials_refreshed() override { advance("refreshed"); }
  void end(OutcomeKind kind, std::string message) override {
    is_ended = true;
    result = {kind, std::move(message), {}, false, {}};
  }
  [[nodiscard]] const std::string& session() const override { return session_now; }
  [[nodiscard]] std::uint64_t committed_bytes() const override { return committed; }
  std::vector<spool::DeliveryPart> take_new_parts() override { return std::exchange(parts, {}); }
  [[nodiscard]] const Outcome& outcome() const override { return result; }
};

class Signer final : public RequestSigner {
 public:
  Result<void> sign(HttpRequest& request) override {
    if (broken) return fail(ErrorKind::config, "no key");
    request.headers.push_back({"Signature", std::to_string(version)});
    return {};
  }
  void invalidate() override { ++version; }
  int version = 1;
  bool broken = false;
};

// Every word in the order in which it was written.
class Diary final : public DeliveryJournal {
 public:
  Result<void> record_session(const std::string& session) override { return write("session '" + session + "'"); }
  Result<void> record_progress(std::uint64_t bytes) override { return write("progress " + std::to_string(bytes)); }
  Result<void> record_part(const spool::DeliveryPart& part) override {
    return write("part " + std::to_string(part.number));
  }
  Result<std::vector<spool::DeliveryPart>> parts() override { return saved_parts; }
  [[nodiscard]] bool yield_requested() const override { return yield; }
  [[nodiscard]] bool stop_requested() const override { return stop; }
  [[nodiscard]] bool abort_requested() const override { return abort; }

  std::vector<std::string> words;
  std::vector<spool::DeliveryPart> saved_parts;
  bool yield = false;
  bool stop = false;
  bool abort = false;
  bool full = false;

 private:
  Result<void> write(std::string word) {
    if (full) return fail(ErrorKind::exhausted, "the journal is full");
    words.push_back(std::move(word));
    return {};
  }
};

UploadAction request(std::string url, std::optional<FileRegion> body = {}, bool sign = true) {
  UploadAction action;
  action.kind = Kind::request;
  action.request.method = "PUT";
  action.request.url = std::move(url);
  action.body = body;
  action.sign = sign;
  return action;
}
UploadAction hash(FileRegion region) {
  UploadAction action;
  action.kind = Kind::hash_region;
  action.region = region;
  return action;
}
UploadAction plain(Kind kind) {
  UploadAction action;
  action.kind = kind;
  return action;
}

class HttpDestinationTest : public ::testing::Test {
 protected:
  void answer(int status) { script_->answers.push_back(HttpResponse{status, {}, {}}); }
  Result<Outcome> deliver() {
    HttpDestinationOptions options{"cloud", "scenes", {}};
    options.make_protocol = [this](const spool::Delivery&, std::optional<SavedSession> saved, UtcTime now) {
      EXPECT_EQ(now, clock_.now());
      saved_ = std::move(saved);
      auto made = std::make_unique<Protocol>();
      made->steps = steps_;
      made->session_now = first_session_;
      made->committed = saved_ ? saved_->committed_bytes : 0;
      protocol_ = made.get();
      return made;
    };
    destination_ =
        std::make_unique<HttpDestination>(options, std::make_unique<ScriptedTransport>(script_), signer_, clock_);
    return destination_->deliver(delivery_, diary_);
  }
  // Of the attempt that has ended: kept by the steps' own notes, for the protocol itself is gone.
  std::function<void(Protocol&)> keep() {
    return [this](Protocol& protocol) {
      told_ = protocol.told;
      digests_ = protocol.digests;
    };
  }

  testing::Folder folder_;
  std::string content_ = testing::noise(kSize);
  spool::Delivery delivery_ = make_delivery(folder_ / "band-4.tif", content_);
  std::shared_ptr<ScriptedTransport::Script> script_ = std::make_shared<ScriptedTransport::Script>();
  Signer signer_;
  ManualClock clock_{parse_utc("2026-05-12T12:00:00Z").value()};
  std::vector<Protocol::Step> steps_;
  std::string first_session_;
  std::optional<SavedSession> saved_;
  Protocol* protocol_ = nullptr;
  std::vector<std::string> told_;
  RegionDigests digests_;
  Diary diary_;
  std::unique_ptr<HttpDestination> destination_;
};

TEST_F(HttpDestinationTest, WhatIsLearnedIsWrittenDownBeforeTheNextAction) {
  steps_ = {{request("/open"), [](Protocol& p) { p.session_now = "s1"; }},
            {request("/part"),
             [this](Protocol& p) {
               EXPECT_THAT(diary_.words, ElementsAre("session 's1'"));
               p.parts = {{1, 10, "etag", 0}};
               p.committed = 10;
             }},
            {request("/more"),
             [this](Protocol& p) {
               EXPECT_THAT(diary_.words, ElementsAre("session 's1'", "part 1", "progress 10"));
               p.session_now = "";  // lost
               p.committed = 0;
             }},
            {request("/open"), [this](Protocol& p) {
               EXPECT_EQ(diary_.words.back(), "session ''");
               p.session_now = "s2";
               p.end(OutcomeKind::retry_later, "enough");
             }}};
  for (int i = 0; i < 4; ++i) answer(200);
  EXPECT_EQ(deliver()->kind, OutcomeKind::retry_later);
  EXPECT_THAT(diary_.words, ElementsAre("session 's1'", "part 1", "progress 10", "session ''", "session 's2'"));
}

TEST_F(HttpDestinationTest, ConfirmedUploadWritesNothingMore) {
  steps_ = {{request("/all"), [](Protocol& p) {
               p.session_now = "s1";
               p.committed = kSize;
             }}};
  answer(200);
  EXPECT_EQ(deliver()->generation, "7");
  EXPECT_THAT(diary_.words, IsEmpty());
}

TEST_F(HttpDestinationTest, SavedSessionComesWithItsParts) {
  delivery_.session = first_session_ = "s0";
  delivery_.session_created_at = clock_.now() - Seconds{5};
  delivery_.committed_bytes = 300;
  diary_.saved_parts = {{1, 300, "etag", 9}};
  EXPECT_EQ(deliver()->kind, OutcomeKind::confirmed);
  ASSERT_TRUE(saved_);
  EXPECT_EQ(saved_->session, "s0");
  EXPECT_EQ(saved_->created_at, clock_.now() - Seconds{5});
  EXPECT_EQ(saved_->committed_bytes, 300U);
  ASSERT_EQ(saved_->parts.size(), 1U);
  EXPECT_EQ(saved_->parts[0].tag, "etag");
}

TEST_F(HttpDestinationTest, SessionThatTheProtocolWillNotHaveIsForgottenBeforeAnythingIsSent) {
  delivery_.session = "old";
  delivery_.session_created_at = clock_.now();
  steps_ = {{request("/open"), [this](Protocol&) { EXPECT_THAT(diary_.words, ElementsAre("session ''")); }}};
  answer(200);
  EXPECT_EQ(deliver()->kind, OutcomeKind::confirmed);
  EXPECT_EQ(diary_.words.size(), 1U);
}

TEST_F(HttpDestinationTest, JournalThatCannotWriteEndsTheAttemptBeforeTheNextRequest) {
  diary_.full = true;
  steps_ = {{request("/open"), [](Protocol& p) { p.session_now = "s1"; }}, {request("/data"), {}}};
  answer(200);
  answer(200);
  EXPECT_EQ(deliver().error().kind, ErrorKind::exhausted);
  EXPECT_EQ(script_->requests.size(), 1U);
}

TEST_F(HttpDestinationTest, RegionsOfTheFileAreSentAndHashed) {
  const FileRegion region{100'000, 300'000};
  steps_ = {{hash(region), {}}, {request("/data", region), keep()}};
  answer(200);
  EXPECT_EQ(deliver()->kind, OutcomeKind::confirmed);
  const std::string expected = content_.substr(region.offset, region.size_bytes);
  EXPECT_EQ(script_->requests.at(0).body, expected);
  EXPECT_THAT(told_, ElementsAre("hashed", "200"));
  EXPECT_EQ(digests_.crc32c, crc32c(as_bytes(expected)));
  EXPECT_EQ(to_hex(digests_.sha256), sha256_hex(as_bytes(expected)));
}

// RFC 1321, A.5.
TEST_F(HttpDestinationTest, Md5OfARegionIsThatOfTheStandard) {
  delivery_ = make_delivery(folder_ / "x.txt", "message digest");
  steps_ = {{hash({0, 14}), keep()}};
  EXPECT_EQ(deliver()->kind, OutcomeKind::confirmed);
  EXPECT_EQ(to_hex(digests_.md5), "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST_F(HttpDestinationTest, LastBytesOfARottenFileAreNeverSent) {
  std::string rotten = content_;
  rotten[5] ^= 1;
  testing::write_text(delivery_.path, rotten);
  steps_ = {{request("/first", FileRegion{0, 400'000}), {}},
            {request("/last", FileRegion{400'000, kSize - 400'000}), keep()}};
  answer(200);
  ASSERT_TRUE(deliver());
  EXPECT_EQ(script_->requests.size(), 1U);
  ASSERT_EQ(told_.size(), 2U);
  EXPECT_NE(told_[1].find("changed"), std::string::npos) << told_[1];
}

TEST_F(HttpDestinationTest, RegionBehindTheEndOfAFileThatGotShorterIsCorrupt) {
  steps_ = {{request("/first"), [this](Protocol&) { std::filesystem::resize_file(delivery_.path, 1000); }},
            {hash({500'000, 1000}), {}}};
  answer(200);
  EXPECT_EQ(deliver()->kind, OutcomeKind::corrupt);
}

TEST_F(HttpDestinationTest, FileIsVerifiedFromTheDisk) {
  steps_ = {{plain(Kind::verify_file),
             [this](Protocol&) {
               std::string rotten = content_;
               rotten[5] ^= 1;
               testing::write_text(delivery_.path, rotten);
             }},
            {plain(Kind::verify_file), keep()}};
  ASSERT_TRUE(deliver());
  EXPECT_THAT(told_, ElementsAre("unchanged", "changed"));
}

TEST_F(HttpDestinationTest, SignedIsWhatTheProtocolWantsSignedWithWhatIsFresh) {
  steps_ = {{request("/a"), {}},
            {request("https://elsewhere/", {}, /*sign=*/false), {}},
            {plain(Kind::refresh_credentials), {}},
            {request("/a"), {}}};
  for (int i = 0; i < 3; ++i) answer(200);
  ASSERT_TRUE(deliver());
  EXPECT_EQ(script_->requests.at(0).header("Signature"), "1");
  EXPECT_EQ(script_->requests.at(1).header("Signature"), "");
  EXPECT_EQ(script_->requests.at(2).header("Signature"), "2");
}

TEST_F(HttpDestinationTest, RequestThatCannotBeSignedIsNotSent) {
  signer_.broken = true;
  steps_ = {{request("/a"), keep()}};
  ASSERT_TRUE(deliver());
  EXPECT_THAT(told_, ElementsAre("no response: no key"));
  EXPECT_THAT(script_->requests, IsEmpty());
}

TEST_F(HttpDestinationTest, PageThatClaimsSuccessIsNoResponse) {
  steps_ = {{request("http://127.0.0.1/a"), {}},
            {request("http://127.0.0.1/a"), {}},
            {request("http://127.0.0.1/a"), {}},
            {request("http://127.0.0.1/a"), {}},
            {request("http://127.0.0.1/a"), keep()}};
  const std::string page = "<html><title>Airport</title>Welcome</html>";
  script_->answers.push_back(HttpResponse{200, {{"content-type", "text/html"}}, page});
  script_->answers.push_back(HttpResponse{302, {{"location", "http://portal.example/"}}, ""});
  script_->answers.push_back(HttpResponse{511, {}, page});
  script_->answers.push_back(HttpResponse{404, {{"content-type", "text/html"}}, page});
  script_->answers.push_back(HttpResponse{200, {{"content-type", "text/html"}}, ""});  // Google's, of an empty answer
  ASSERT_TRUE(deliver());
  ASSERT_EQ(told_.size(), 5U);
  for (int i = 0; i < 3; ++i) EXPECT_NE(told_[i].find("portal"), std::string::npos) << told_[i];
  EXPECT_EQ(told_[3], "404");
  EXPECT_EQ(told_[4], "200");
}

TEST_F(HttpDestinationTest, StopAndMoreUrgentWorkEndTheAttemptBetweenTwoActions) {
  for (bool Diary::*wish : {&Diary::stop, &Diary::yield}) {
    diary_ = {};
    script_->requests.clear();
    steps_ = {{request("/open"),
               [this, wish](Protocol& p) {
                 p.session_now = "s1";
                 p.committed = 5;
                 diary_.*wish = true;
               }},
              {request("/data"), {}}};
    answer(200);
    EXPECT_EQ(deliver()->kind, OutcomeKind::stopped);
    EXPECT_THAT(diary_.words, ElementsAre("session 's1'", "progress 5"));
    EXPECT_EQ(script_->requests.size(), 1U);
  }
}

TEST_F(HttpDestinationTest, AttemptThatHasEndedIsNotCalledStopped) {
  steps_ = {{request("/all"), [this](Protocol&) { diary_.stop = diary_.yield = true; }}};
  answer(200);
  EXPECT_EQ(deliver()->kind, OutcomeKind::confirmed);
}

TEST_F(HttpDestinationTest, AbortEndsRequestsAndHashes) {
  steps_ = {{request("/a"), keep()}};
  diary_.abort = true;
  answer(200);
  ASSERT_TRUE(deliver());
  EXPECT_THAT(told_, ElementsAre("no response: aborted"));
  steps_ = {{hash({0, kSize}), {}}};
  EXPECT_EQ(deliver()->kind, OutcomeKind::stopped);
  steps_ = {{plain(Kind::verify_file), {}}};
  EXPECT_EQ(deliver()->kind, OutcomeKind::stopped);
}

TEST_F(HttpDestinationTest, MissingFileIsCorruptAndAsksNobody) {
  std::filesystem::remove(delivery_.path);
  EXPECT_EQ(deliver()->kind, OutcomeKind::corrupt);
  EXPECT_EQ(protocol_, nullptr);
}

TEST_F(HttpDestinationTest, ObjectIsNamedAndDescribedByTheDelivery) {
  const UploadObject object = upload_object(delivery_, "scenes", "north");
  EXPECT_EQ(object.bucket, "scenes");
  EXPECT_EQ(object.name, "north/" + delivery_.object_name);
  EXPECT_EQ(object.media_type, delivery_.media_type);
  EXPECT_EQ(object.size_bytes, kSize);
  EXPECT_EQ(object.crc32c, delivery_.crc32c);
  EXPECT_EQ(object.sha256, delivery_.sha256);
}

}  // namespace
}  // namespace dl::uplink
