// The libcurl wrapper against real sockets.
#include "uplink/http/http_client.h"

#include <gtest/gtest.h>

#include "tests/uplink/gcs_double.h"
#include "uplink/delivery/test_station.h"

namespace dl::test {
namespace {

using uplink::CurlTransport;
using uplink::HttpOptions;
using uplink::HttpRequest;

class Text final : public uplink::BodySource {
 public:
  explicit Text(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] std::uint64_t size_bytes() const override { return text_.size(); }
  Result<std::size_t> read(std::span<Byte> out) override {
    if (fail_at && position_ >= *fail_at) return fail(ErrorKind::corrupt, "rotten");
    const std::size_t taken = std::min(out.size(), text_.size() - position_);
    std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(position_), taken, out.begin());
    position_ += taken;
    return taken;
  }
  std::optional<std::size_t> fail_at;

 private:
  std::string text_;
  std::size_t position_ = 0;
};

class HttpClientTest : public ::testing::Test {
 protected:
  HttpRequest request(const std::string& method, const std::string& path) const {
    HttpRequest made;
    made.method = method;
    made.url = double_.endpoint() + path;
    made.purpose = "testing";
    return made;
  }
  // The session of a new upload, as a path.
  std::string session() {
    auto opening = request("POST", "/upload/storage/v1/b/scenes/o?uploadType=resumable&name=x");
    opening.body = "{}";
    const auto response = CurlTransport({}).perform(opening, {});
    return std::string(response->header("location").value()).substr(double_.endpoint().size());
  }
  GcsDouble double_;
};

TEST_F(HttpClientTest, StreamedBodyArrivesAndTheAnswerComesBackWithItsHeaders) {
  Text body("abc");
  auto put = request("PUT", session());
  put.headers = {{"Content-Range", "bytes 0-2/3"}};
  put.stream = &body;
  CurlTransport transport({});
  const auto response = transport.perform(put, {});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_TRUE(response->header("content-type")->starts_with("application/json"));
  EXPECT_EQ(double_.object("scenes", "x"), "abc");
}

TEST_F(HttpClientTest, PutWithoutBodySaysSo) {
  auto put = request("PUT", session());
  put.headers = {{"Content-Range", "bytes */*"}};
  EXPECT_EQ(CurlTransport({}).perform(put, {})->status, 308);  // and the redirect-like status is not followed
}

TEST_F(HttpClientTest, RedirectIsAnAnswer) {
  double_.fault(R"([{"kind":"list","status":302,"headers":{"Location":"http://127.0.0.1:1/"}}])");
  EXPECT_EQ(CurlTransport({}).perform(request("GET", "/storage/v1/b/scenes/o"), {})->status, 302);
}

TEST_F(HttpClientTest, AnswerOverTheLimitIsExhausted) {
  double_.put_object("scenes", "large", std::string(5000, 'x'));
  HttpOptions options;
  options.response_limit_bytes = 4999;
  const auto response = CurlTransport(options).perform(request("GET", "/scenes/large"), {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::exhausted);
}

TEST_F(HttpClientTest, SilenceEndsTheRequest) {
  double_.fault(R"([{"kind":"list","delay_s":20}])");
  HttpOptions options;
  options.stall_timeout = Milliseconds{1000};
  const auto started = std::chrono::steady_clock::now();
  const auto response = CurlTransport(options).perform(request("GET", "/storage/v1/b/scenes/o"), {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::transient);
  EXPECT_LT(std::chrono::steady_clock::now() - started, Seconds{10});
}

TEST_F(HttpClientTest, ProgressCanEndTheRequestWhileTheServerIsSilent) {
  double_.fault(R"([{"kind":"list","delay_s":20}])");
  int asked = 0;
  const auto response = CurlTransport({}).perform(request("GET", "/storage/v1/b/scenes/o"),
                                                  [&asked](std::uint64_t) { return ++asked < 3; });
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::cancelled);
}

TEST_F(HttpClientTest, FailureOfTheBodyIsTheFailureOfTheRequest) {
  Text body(std::string(1'000'000, 'x'));
  body.fail_at = 300'000;
  auto put = request("PUT", session());
  put.headers = {{"Content-Range", "bytes 0-999999/1000000"}};
  put.stream = &body;
  const auto response = CurlTransport({}).perform(put, {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::corrupt);
  EXPECT_EQ(response.error().message, "rotten");
  EXPECT_EQ(double_.object("scenes", "x"), std::nullopt);
}

TEST_F(HttpClientTest, RefusedAndMalformedAreToldApart) {
  auto get = request("GET", "/");
  get.url = "http://127.0.0.1:1/?upload_id=SECRET";
  const auto refused = CurlTransport({}).perform(get, {});
  EXPECT_EQ(refused.error().kind, ErrorKind::transient);
  EXPECT_EQ(refused.error().message.find("SECRET"), std::string::npos);
  get.url = "file:///etc/passwd";
  EXPECT_EQ(CurlTransport({}).perform(get, {}).error().kind, ErrorKind::config);
}

TEST(HttpsClient, CertificateMustBeTrusted) {
  uplink::testing::Folder folder;
  const std::string key = folder / "key.pem";
  const std::string certificate = folder / "certificate.pem";
  const auto run = [](const std::vector<std::string>& command) { return ChildProcess(command).wait(); };
  ASSERT_EQ(run({"openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-out", key}), 0);
  ASSERT_EQ(run({"openssl", "req", "-x509", "-new", "-key", key, "-days", "2", "-subj", "/CN=localhost", "-addext",
                 "subjectAltName=IP:127.0.0.1", "-out", certificate}),
            0);
  ChildProcess server({"openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-key", key, "-cert", certificate});
  // "ACCEPT 127.0.0.1:40123 PID=7"
  std::string line;
  while (!line.starts_with("ACCEPT")) {
    const auto next = server.read_line();
    ASSERT_TRUE(next) << "openssl s_server ended";
    line = *next;
  }
  HttpRequest get;
  get.method = "GET";
  get.url = "https://" + line.substr(7, line.find(' ', 7) - 7) + "/";
  get.purpose = "testing";
  const auto untrusted = CurlTransport({}).perform(get, {});
  ASSERT_FALSE(untrusted);
  EXPECT_EQ(untrusted.error().kind, ErrorKind::config) << untrusted.error().message;
  HttpOptions trusting;
  trusting.ca_file = certificate;
  const auto trusted = CurlTransport(trusting).perform(get, {});
  ASSERT_TRUE(trusted) << trusted.error().message;
  EXPECT_EQ(trusted->status, 200);
  trusting.ca_file = folder / "missing.pem";
  EXPECT_EQ(CurlTransport(trusting).perform(get, {}).error().kind, ErrorKind::config);
}

}  // namespace
}  // namespace dl::test
