// Who the libcurl wrapper believes: certificates, TLS versions, proxies.
#include <gtest/gtest.h>

#include "tests/uplink/fault_server.h"
#include "uplink/delivery/test_station.h"
#include "uplink/http/server_time.h"

namespace dl::test {
namespace {

using uplink::CurlTransport;
using uplink::HttpOptions;
using uplink::HttpRequest;

class HttpTlsTest : public ::testing::Test {
 protected:
  HttpTlsTest() { options_.ca_file = authority_.file(); }
  static HttpRequest get(const PythonServer& server, const std::string& scheme = "https") {
    HttpRequest made;
    made.method = "GET";
    made.url = scheme + "://127.0.0.1:" + server.port() + "/date/1200";
    made.headers = {{"Authorization", "Bearer SECRET"}};
    made.purpose = "testing";
    return made;
  }
  // Kind config, and a message with `word` in it.
  void expect_refused(const PythonServer& server, const std::string& word) {
    const auto response = CurlTransport(options_).perform(get(server), {});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, ErrorKind::config) << response.error().message;
    EXPECT_NE(response.error().message.find(word), std::string::npos) << response.error().message;
  }

  uplink::testing::Folder folder_;
  CertificateAuthority authority_{folder_ / "ca"};
  HttpOptions options_;
};

TEST_F(HttpTlsTest, CertificateOfThePrivateAuthorityIsBelieved) {
  const FaultServer server(authority_.issue("good", "IP:127.0.0.1"));
  const auto response = CurlTransport(options_).perform(get(server), {});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
}

TEST_F(HttpTlsTest, CertificateOfNobodyWeKnowIsRefused) {
  const FaultServer server(authority_.issue("good", "IP:127.0.0.1"));
  options_.ca_file.reset();
  expect_refused(server, "captive portal");
}

TEST_F(HttpTlsTest, SelfSignedCertificateIsRefused) {
  const FaultServer server(authority_.self_signed("self", "IP:127.0.0.1"));
  expect_refused(server, "self-signed");
}

TEST_F(HttpTlsTest, ExpiredCertificateIsRefused) {
  const FaultServer server(authority_.issue("old", "IP:127.0.0.1", /*expired=*/true));
  expect_refused(server, "expired");
}

TEST_F(HttpTlsTest, CertificateOfAnotherHostIsRefused) {
  const FaultServer server(authority_.issue("other", "DNS:elsewhere.invalid"));
  expect_refused(server, "another host");
}

TEST_F(HttpTlsTest, ServerWithoutTls12IsRefused) {
  for (const char* newest : {"TLSv1", "TLSv1_1"}) {
    const FaultServer server(authority_.issue("good", "IP:127.0.0.1"), newest);
    expect_refused(server, "TLS 1.2");
  }
  const FaultServer server(authority_.issue("good", "IP:127.0.0.1"), "TLSv1_2");
  EXPECT_TRUE(CurlTransport(options_).perform(get(server), {}));
}

TEST_F(HttpTlsTest, PortThatDoesNotSpeakTlsIsRefused) {
  const FaultServer server;
  expect_refused(server, "does not speak TLS");
}

TEST_F(HttpTlsTest, AuthoritiesThatCannotBeReadAreAConfigError) {
  const FaultServer server(authority_.issue("good", "IP:127.0.0.1"));
  options_.ca_file = folder_ / "missing.pem";
  expect_refused(server, "ca_file");
}

TEST_F(HttpTlsTest, ClockIsTakenFromWhomWeBelieveOnly) {
  const SystemClock clock;
  uplink::ServerTime time(clock);
  options_.server_time = &time;
  const FaultServer stranger(authority_.self_signed("self", "IP:127.0.0.1"));
  EXPECT_FALSE(CurlTransport(options_).perform(get(stranger), {}));
  EXPECT_EQ(time.skew(), std::nullopt);
  const FaultServer server(authority_.issue("good", "IP:127.0.0.1"));
  EXPECT_TRUE(CurlTransport(options_).perform(get(server), {}));
  EXPECT_TRUE(time.skewed());
}

class HttpProxyTest : public HttpTlsTest {
 protected:
  PythonServer proxy_{"connect_proxy.py", {}};
};

TEST_F(HttpProxyTest, HttpsGoesThroughATunnelThatSeesNoSecret) {
  const FaultServer server(authority_.issue("named", "DNS:storage.invalid"));
  options_.proxy = "http://127.0.0.1:" + proxy_.port();
  auto request = get(server);
  request.url = "https://storage.invalid:" + server.port() + "/ok";
  const auto response = CurlTransport(options_).perform(request, {});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(proxy_.line(), "CONNECT storage.invalid:" + server.port() + " -");
}

TEST_F(HttpProxyTest, PlainHttpGoesThroughItToo) {
  const FaultServer server;
  options_.proxy = "http://127.0.0.1:" + proxy_.port();
  ASSERT_TRUE(CurlTransport(options_).perform(get(server, "http"), {}));
  EXPECT_TRUE(proxy_.line().starts_with("GET http://127.0.0.1:"));
}

TEST_F(HttpProxyTest, HostsOfNoProxyAreReachedWithout) {
  const FaultServer server;
  options_.proxy = "http://127.0.0.1:1";
  EXPECT_EQ(CurlTransport(options_).perform(get(server, "http"), {}).error().kind, ErrorKind::transient);
  options_.no_proxy = "elsewhere.invalid,127.0.0.1";
  EXPECT_TRUE(CurlTransport(options_).perform(get(server, "http"), {}));
}

TEST_F(HttpProxyTest, ProxyThatCannotReachTheHostIsTransient) {
  options_.proxy = "http://127.0.0.1:" + proxy_.port();
  HttpRequest request = get(proxy_);
  request.url = "https://storage.invalid:1/";
  const auto response = CurlTransport(options_).perform(request, {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::transient) << response.error().message;
}

class HttpProxyLoginTest : public HttpTlsTest {
 protected:
  HttpProxyLoginTest() {
    options_.proxy = "http://127.0.0.1:" + proxy_.port();
    options_.proxy_login_file = folder_ / "login";
  }
  PythonServer proxy_{"connect_proxy.py", {"--login", "station:Pa55:word"}};
};

TEST_F(HttpProxyLoginTest, ComesFromAFileThatMayChange) {
  const FaultServer server(authority_.issue("good", "IP:127.0.0.1"));
  CurlTransport transport(options_);
  uplink::testing::write_text(folder_ / "login", "station:wrong\n");
  const auto refused = transport.perform(get(server), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::config) << refused.error().message;
  EXPECT_NE(refused.error().message.find("proxy_login_file"), std::string::npos) << refused.error().message;
  EXPECT_EQ(refused.error().message.find("wrong"), std::string::npos);
  uplink::testing::write_text(folder_ / "login", "station:Pa55:word\n");
  const auto response = transport.perform(get(server), {});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
}

TEST_F(HttpProxyLoginTest, IsAskedForAlsoWithoutATunnel) {
  const FaultServer server;
  uplink::testing::write_text(folder_ / "login", "station:wrong\n");
  EXPECT_EQ(CurlTransport(options_).perform(get(server, "http"), {}).error().kind, ErrorKind::config);
  uplink::testing::write_text(folder_ / "login", "station:Pa55:word\n");
  EXPECT_TRUE(CurlTransport(options_).perform(get(server, "http"), {}));
}

}  // namespace
}  // namespace dl::test
