// The Azure uploader against azurite, with the faults that links and servers really have.
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "core/base64.h"
#include "tests/uplink/parts_checkpoint.h"
#include "tests/uplink/support_server.h"
#include "uplink/azure/azure_destination.h"
#include "uplink/azure/azure_signer.h"
#include "uplink/azure/shared_key.h"
#include "uplink/delivery/test_station.h"
#include "uplink/http/http_url.h"
#include "uplink/http/server_time.h"

namespace dl::test {
namespace {

using uplink::Outcome;
using uplink::OutcomeKind;
using uplink::testing::noise;

constexpr std::uint64_t kBlock = std::uint64_t{256} << 10;

// Started once per process.
struct Azurite {
  Azurite() : server("azurite.py") {
    if (!server.available()) return;
    const std::string endpoint = server.value("endpoint");
    proxy = std::make_unique<FaultProxy>(endpoint.substr(0, endpoint.rfind('/')));
  }
  static Azurite& instance() {
    static Azurite made;
    return made;
  }
  SupportServer server;
  std::unique_ptr<FaultProxy> proxy;
};

class AzureUpload : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!azurite_.server.available()) GTEST_SKIP() << "azurite is not installed";
    account_ = azurite_.server.value("account");
    azure_.name = "cloud";
    azure_.location = {azurite_.proxy->endpoint() + "/" + account_, azurite_.server.value("container")};
    azure_.upload.block_bytes = kBlock;
    write_keys("key=" + azurite_.server.value("key"));
    use_content(noise(5 * kBlock / 2));
    azurite_.proxy->forget_requests();
  }
  void TearDown() override {
    if (azurite_.proxy) {
      EXPECT_EQ(azurite_.proxy->faults_left(), 0U) << "the fault never struck";
    }
  }

  void write_keys(const std::string& text) { uplink::testing::write_text(keys_file_, text + "\n"); }
  void use_content(std::string content) {
    content_ = std::move(content);
    delivery_ = uplink::testing::make_delivery(folder_ / "band-4.tif", content_);
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    delivery_.object_name = std::string(test->name()) + "/band 4+" + std::to_string(names_++) + ".tif";
  }
  void use_small_content() { use_content(noise(1000)); }

  Outcome attempt(unsigned stop_after_progress = 0) {
    uplink::HttpOptions http;
    http.server_time = &server_time_;
    uplink::AzureSigner signer(keys_file_, account_, server_time_);
    const auto destination =
        uplink::make_azure_destination(azure_, std::make_unique<uplink::CurlTransport>(http), signer, clock_);
    PartsCheckpoint checkpoint(delivery_, parts_, clock_);
    checkpoint.stop_after_progress(stop_after_progress);
    return destination->deliver(delivery_, checkpoint).value();
  }
  Outcome attempts(unsigned limit = 5) {
    Outcome outcome;
    for (attempts_ = 1; attempts_ <= limit; ++attempts_) {
      outcome = attempt();
      if (outcome.kind != OutcomeKind::retry_later) break;
    }
    return outcome;
  }
  void expect_delivered(const Outcome& outcome) {
    ASSERT_EQ(outcome.kind, OutcomeKind::confirmed) << outcome.message;
    EXPECT_FALSE(outcome.generation.empty());
    EXPECT_TRUE(stored() == content_);
  }

  // A request of our own, past the proxy.
  uplink::HttpResponse ask(const std::string& method, const std::string& query = {}, const std::string& body = {},
                           std::vector<uplink::HttpHeader> headers = {}) {
    uplink::HttpOptions http;
    http.response_limit_bytes = 64U << 20;
    uplink::CurlTransport transport(http);
    uplink::HttpRequest request;
    request.method = method;
    request.url = azurite_.server.value("endpoint") + "/" + azure_.location.container + "/" +
                  uplink::encode_path(delivery_.object_name) + query;
    request.body = body;
    request.headers = std::move(headers);
    request.headers.push_back({"x-ms-version", "2021-12-02"});
    request.purpose = "test";
    uplink::sign_shared_key(request, account_, base64_decode(azurite_.server.value("key")).value(),
                            SystemClock().now());
    const auto response = transport.perform(request, {});
    return response ? *response : uplink::HttpResponse{0, {}, response.error().message};
  }
  std::optional<std::string> stored() {
    const auto response = ask("GET");
    return response.status == 200 ? std::optional(response.body) : std::nullopt;
  }
  void put_foreign_blob(const std::string& content) {
    ASSERT_EQ(ask("PUT", {}, content, {{"x-ms-blob-type", "BlockBlob"}}).status, 201);
  }
  std::size_t count(const std::string& method, const std::string& contains) {
    std::size_t found = 0;
    for (const auto& request : azurite_.proxy->requests()) {
      found += request.method == method && request.target.find(contains) != std::string::npos ? 1 : 0;
    }
    return found;
  }
  std::uint64_t sent_bytes() {
    std::uint64_t sum = 0;
    for (const auto& request : azurite_.proxy->requests()) {
      const bool list = request.target.find("comp=blocklist") != std::string::npos;
      sum += request.method == "PUT" && !list ? request.body_bytes : 0;
    }
    return sum;
  }
  void break_request(const std::string& faults_json) { azurite_.proxy->fault(faults_json); }

  Azurite& azurite_ = Azurite::instance();
  uplink::testing::Folder folder_;
  std::filesystem::path keys_file_ = folder_ / "keys";
  std::string account_;
  std::string content_;
  spool::Delivery delivery_;
  std::vector<spool::DeliveryPart> parts_;
  SystemClock clock_;
  ShiftedClock station_clock_{Seconds{0}};
  uplink::ServerTime server_time_{station_clock_};
  uplink::AzureOptions azure_;
  unsigned attempts_ = 0;
  unsigned names_ = 0;
};

TEST_F(AzureUpload, SmallAndEmptyObjectsAreOneRequest) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1000}, std::size_t{kBlock}}) {
    use_content(noise(size));
    azurite_.proxy->forget_requests();
    expect_delivered(attempt());
    EXPECT_EQ(azurite_.proxy->requests().size(), 1U);
  }
}

TEST_F(AzureUpload, LargeObjectSendsEveryByteOnce) {
  expect_delivered(attempt());
  EXPECT_EQ(sent_bytes(), content_.size());
  EXPECT_EQ(count("PUT", "comp=block&"), 3U);
  const auto head = ask("HEAD");
  EXPECT_EQ(head.header("x-ms-meta-sha256"), delivery_.sha256);
  EXPECT_EQ(head.header("content-type"), "image/tiff");
}

TEST_F(AzureUpload, SharedAccessSignatureIsEnough) {
  write_keys("sas=" + azurite_.server.value("sas"));
  expect_delivered(attempt());
  use_small_content();
  expect_delivered(attempt());
}

TEST_F(AzureUpload, ObjectThatIsThereIsNotSentAgain) {
  expect_delivered(attempt());
  azurite_.proxy->forget_requests();
  const auto again = attempt();
  expect_delivered(again);
  EXPECT_TRUE(again.was_there);
  EXPECT_EQ(sent_bytes(), 0U);
}

TEST_F(AzureUpload, BlockThatIsCutIsSentAgainAndNoOther) {
  break_request(R"([{"method":"PUT","contains":"comp=block&","skip":1,"cut_body_after":30000}])");
  EXPECT_EQ(attempt().kind, OutcomeKind::retry_later);
  EXPECT_EQ(delivery_.committed_bytes, kBlock);
  expect_delivered(attempt());
  EXPECT_EQ(count("PUT", "comp=block&"), 4U);
}

TEST_F(AzureUpload, BlockWhoseAnswerIsLostIsNotSentAgain) {
  break_request(R"([{"method":"PUT","contains":"comp=block&","skip":1,"drop_answer":true}])");
  expect_delivered(attempts());
  EXPECT_EQ(attempts_, 2U);
  EXPECT_EQ(sent_bytes(), content_.size());  // the server's list has it
}

TEST_F(AzureUpload, LostAnswerToTheCommitIsNoSecondBlob) {
  break_request(R"([{"method":"PUT","contains":"comp=blocklist","drop_answer":true,"times":2}])");
  expect_delivered(attempts());
  EXPECT_EQ(attempts_, 2U);
  EXPECT_EQ(sent_bytes(), content_.size());
}

TEST_F(AzureUpload, LostAnswerToASmallUploadIsFoundByComparing) {
  use_small_content();
  break_request(R"([{"method":"PUT","drop_answer":true}])");
  EXPECT_EQ(attempt().kind, OutcomeKind::retry_later);
  const auto outcome = attempt();
  expect_delivered(outcome);
  EXPECT_TRUE(outcome.was_there);
}

TEST_F(AzureUpload, ServerErrorsAreTriedLater) {
  break_request(R"([{"method":"HEAD","status":503},{"method":"GET","status":500},
                    {"method":"PUT","status":503,"skip":1,"headers":{"Retry-After":"7"}}])");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(attempt().kind, OutcomeKind::retry_later);
  expect_delivered(attempt());
  EXPECT_EQ(count("PUT", "comp=block&"), 4U);
}

TEST_F(AzureUpload, ForeignBlobIsAConflictAndStays) {
  for (const bool small : {true, false}) {
    use_content(noise(small ? 1000 : 2 * kBlock));
    const std::string foreign = noise(content_.size(), 9);
    put_foreign_blob(foreign);
    const auto outcome = attempt();
    EXPECT_EQ(outcome.kind, OutcomeKind::conflict) << outcome.message;
    EXPECT_TRUE(stored() == foreign);
  }
}

TEST_F(AzureUpload, ForeignBlobThatComesWhileWeCommitIsAConflictAndStays) {
  break_request(R"([{"method":"PUT","contains":"comp=blocklist","hold":true}])");
  Outcome outcome;
  std::thread upload([&] { outcome = attempt(); });
  EXPECT_TRUE(uplink::testing::eventually([&] { return count("PUT", "comp=blocklist") == 1; }));
  put_foreign_blob("somebody else's");
  azurite_.proxy->forget_faults();
  upload.join();
  EXPECT_EQ(outcome.kind, OutcomeKind::conflict) << outcome.message;
  EXPECT_TRUE(stored() == "somebody else's");
}

TEST_F(AzureUpload, BitThatFlipsOnTheWayIsRefusedAndSentAgain) {
  break_request(R"([{"method":"PUT","contains":"comp=block&","skip":1,"flip_bit":true}])");
  expect_delivered(attempt());
  EXPECT_EQ(count("PUT", "comp=block&"), 4U);
  use_small_content();
  break_request(R"([{"method":"PUT","flip_bit":true}])");
  expect_delivered(attempt());
}

TEST_F(AzureUpload, FileThatRotsBetweenTwoAttemptsMakesNoBlob) {
  EXPECT_EQ(attempt(1).kind, OutcomeKind::stopped);
  std::string damaged = content_;
  damaged[content_.size() - 5] ^= 4;
  uplink::testing::write_text(delivery_.path, damaged);
  const auto outcome = attempt();
  EXPECT_EQ(outcome.kind, OutcomeKind::corrupt) << outcome.message;
  EXPECT_FALSE(stored());
}

TEST_F(AzureUpload, ClockThatIsAheadIsCorrectedByTheServersDate) {
  station_clock_ = ShiftedClock(Seconds{20 * 60});
  expect_delivered(attempt());
  EXPECT_TRUE(server_time_.skewed());
}

TEST_F(AzureUpload, WrongKeyIsRefusedUntilTheFileIsMended) {
  write_keys("key=d3Jvbmc=");
  const auto outcome = attempt();
  EXPECT_EQ(outcome.kind, OutcomeKind::refused) << outcome.message;
  EXPECT_EQ(outcome.message.find("d3Jvbmc="), std::string::npos);
  write_keys("account=other\nkey=" + azurite_.server.value("key"));
  EXPECT_EQ(attempt().kind, OutcomeKind::refused);
  write_keys("key=" + azurite_.server.value("key"));
  expect_delivered(attempt());
}

TEST_F(AzureUpload, MissingContainerIsRefused) {
  azure_.location.container = "nowhere";
  for (const bool small : {true, false}) {
    use_content(noise(small ? 1000 : 2 * kBlock));
    const auto outcome = attempt();
    EXPECT_EQ(outcome.kind, OutcomeKind::refused) << outcome.message;
    EXPECT_NE(outcome.message.find("ContainerNotFound"), std::string::npos) << outcome.message;
  }
}

TEST_F(AzureUpload, BlocksOfAnotherContentAreNotTaken) {
  const std::string name = delivery_.object_name;
  EXPECT_EQ(attempt(2).kind, OutcomeKind::stopped);
  use_content(noise(5 * kBlock / 2, 7));
  delivery_.object_name = name;
  azurite_.proxy->forget_requests();
  expect_delivered(attempt());
  EXPECT_EQ(sent_bytes(), content_.size());
}

TEST_F(AzureUpload, KilledAgainAndAgainItEndsWithTheSameBlob) {
  const std::string content = noise(6 * kBlock + 100);
  uplink::testing::Station station;
  station.add_scene("s1", {{"item.json", content}});
  station.service->stop();
  break_request(R"([{"method":"PUT","delay_s":0.03,"times":-1}])");
  const auto start = [&] {
    return ChildProcess({std::string(DL_BINARY_DIRECTORY) + "/bin/deliver_object", "--journal",
                         (station.folder / "journal.db").string(), "--kind", "azure", "--endpoint",
                         azure_.location.endpoint, "--bucket", azure_.location.container, "--keys", keys_file_.string(),
                         "--account", account_, "--part-bytes", std::to_string(kBlock)});
  };
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 generator(seed);
  unsigned kills = 0;
  for (; kills < 10; ++kills) {
    ChildProcess process = start();
    std::this_thread::sleep_for(Milliseconds{std::uniform_int_distribution<int>(10, 150)(generator)});
    process.kill();
  }
  ChildProcess last = start();
  EXPECT_EQ(last.wait(), 0);
  azurite_.proxy->forget_faults();
  delivery_.object_name = "metop-b/avhrr-3/2026/05/12/s1/item.json";
  EXPECT_TRUE(stored() == content);
  EXPECT_LE(sent_bytes(), content.size() + kills * kBlock);
}

}  // namespace
}  // namespace dl::test
