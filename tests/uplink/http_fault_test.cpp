// The libcurl wrapper against servers that fail in every way that a network has.
#include <algorithm>
#include <cstdlib>
#include <thread>
#include <tuple>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/uplink/fault_server.h"
#include "uplink/delivery/test_station.h"
#include "uplink/http/bandwidth.h"
#include "uplink/http/captive_portal.h"
#include "uplink/http/server_time.h"

namespace dl::test {
namespace {

using uplink::Bandwidth;
using uplink::CurlTransport;
using uplink::HttpOptions;
using uplink::HttpRequest;
using uplink::ServerTime;

// Something that only an upload's address holds.
constexpr std::string_view kCapability = "?upload_id=SECRET";

// Long enough for a loaded machine, and far below the time-outs that a test must not reach.
constexpr Seconds kSoon{20};

class HttpFaultTest : public ::testing::Test {
 protected:
  [[nodiscard]] HttpRequest get(const std::string& path) const {
    HttpRequest made;
    made.method = "GET";
    made.url = "http://127.0.0.1:" + server_.port() + path + std::string(kCapability);
    made.purpose = "testing";
    return made;
  }
  HttpRequest put(const std::string& path, uplink::BodySource& body) const {
    HttpRequest made = get(path);
    made.method = "PUT";
    made.stream = &body;
    made.bounded = false;
    return made;
  }
  // Performs what must fail, and soon, without saying the capability.
  Error failure_of(const HttpRequest& request, const HttpOptions& options) {
    const auto started = std::chrono::steady_clock::now();
    const auto response = CurlTransport(options).perform(request, {});
    EXPECT_LT(std::chrono::steady_clock::now() - started, kSoon);
    EXPECT_FALSE(response) << request.url;
    if (response) return {};
    EXPECT_EQ(response.error().message.find("SECRET"), std::string::npos) << response.error().message;
    EXPECT_TRUE(response.error().message.starts_with("testing: ")) << response.error().message;
    return response.error();
  }
  static HttpOptions impatient() {
    HttpOptions options;
    options.connect_timeout = Milliseconds{1000};
    options.stall_timeout = Milliseconds{1000};
    options.request_timeout = Milliseconds{2000};
    return options;
  }

  FaultServer server_;
};

TEST_F(HttpFaultTest, NameThatCannotBeResolvedIsTransient) {
  auto request = get("/ok");
  request.url = "http://no-such-host.invalid/";
  EXPECT_EQ(failure_of(request, {}).kind, ErrorKind::transient);
}

TEST_F(HttpFaultTest, NobodyAtThePortIsTransient) {
  auto request = get("/ok");
  request.url = "http://127.0.0.1:1/";
  EXPECT_EQ(failure_of(request, {}).kind, ErrorKind::transient);
}

TEST_F(HttpFaultTest, ConnectionThatIsNeverAcceptedTimesOut) {
  // A listener whose queue is full drops what else comes, as a packet filter does.
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 0), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  std::vector<FileDescriptor> fillers;
  for (int i = 0; i < 3; ++i) {
    fillers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    std::ignore = ::connect(fillers.back().get(), reinterpret_cast<sockaddr*>(&address), size);
  }
  auto request = get("/ok");
  request.url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
  const Error error = failure_of(request, impatient());
  EXPECT_EQ(error.kind, ErrorKind::transient);
  EXPECT_NE(error.message.find("Timeout was reached"), std::string::npos) << error.message;
  ::close(listener);
}

TEST_F(HttpFaultTest, ResetBeforeTheAnswerIsTransient) {
  EXPECT_EQ(failure_of(get("/reset"), {}).kind, ErrorKind::transient);
}

TEST_F(HttpFaultTest, ResetInTheMiddleOfTheBodyIsTransient) {
  LettersBody body(50'000'000);
  EXPECT_EQ(failure_of(put("/cut/300000", body), {}).kind, ErrorKind::transient);
}

TEST_F(HttpFaultTest, BlackHoleInTheMiddleOfTheBodyEndsByTheStallTimeout) {
  LettersBody body(50'000'000);
  const Error error = failure_of(put("/hole/300000", body), impatient());
  EXPECT_EQ(error.kind, ErrorKind::transient);
  EXPECT_NE(error.message.find("no byte moved for 1 s"), std::string::npos) << error.message;
}

TEST_F(HttpFaultTest, SilentServerEndsByTheStallTimeout) {
  LettersBody body(10'000);
  EXPECT_NE(failure_of(put("/silent", body), impatient()).message.find("no byte moved"), std::string::npos);
  EXPECT_EQ(failure_of(get("/silent"), impatient()).kind, ErrorKind::transient);
}

TEST_F(HttpFaultTest, AnswerThatTricklesEndsThoughItNeverStalls) {
  LettersBody body(10'000);
  const Error error = failure_of(put("/trickle", body), impatient());
  EXPECT_EQ(error.kind, ErrorKind::transient);
  EXPECT_NE(error.message.find("not whole 2 s after"), std::string::npos) << error.message;
  EXPECT_EQ(failure_of(get("/trickle"), impatient()).kind, ErrorKind::transient);
  EXPECT_EQ(failure_of(get("/trickle-head"), impatient()).kind, ErrorKind::transient);
  LettersBody again(10'000);
  EXPECT_EQ(failure_of(put("/trickle-head", again), impatient()).kind, ErrorKind::transient);
}

TEST_F(HttpFaultTest, SlowLinkIsNoStall) {
  // Three times the stall time-out in all, and more than the request's; most of it lies in the system's buffers.
  LettersBody body(2'000'000);
  const auto response = CurlTransport(impatient()).perform(put("/slow-reader", body), {});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
}

TEST_F(HttpFaultTest, TruncatedAnswerIsTransientAndNeverAnAnswer) {
  const Error error = failure_of(get("/truncated"), {});
  EXPECT_EQ(error.kind, ErrorKind::transient);
  EXPECT_NE(error.message.find("broke off"), std::string::npos) << error.message;
}

TEST_F(HttpFaultTest, HeadersWithoutEndAreExhausted) {
  EXPECT_EQ(failure_of(get("/headers"), {}).kind, ErrorKind::exhausted);
  EXPECT_EQ(failure_of(get("/header"), {}).kind, ErrorKind::exhausted);
}

TEST_F(HttpFaultTest, WhatIsNotHttpIsTransient) {
  EXPECT_EQ(failure_of(get("/garbage"), {}).kind, ErrorKind::transient);
}

TEST_F(HttpFaultTest, AnswerBeforeTheBodyIsReadIsHeard) {
  LettersBody body(50'000'000);
  const auto response = CurlTransport({}).perform(put("/early", body), {});
  // Depending on who is faster it is the answer or the broken connection; either is one to try again after.
  if (response) {
    EXPECT_EQ(response->status, 503);
  } else {
    EXPECT_EQ(response.error().kind, ErrorKind::transient);
  }
}

TEST_F(HttpFaultTest, PortalIsRecognisedInARealAnswer) {
  const auto request = get("/portal");
  const auto response = CurlTransport({}).perform(request, {});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_TRUE(uplink::is_captive_portal(*response, request.url));
  EXPECT_NE(uplink::captive_portal_error("x", *response).message.find("'Harbour WiFi'"), std::string::npos);
}

TEST_F(HttpFaultTest, EnvironmentNamesNoProxy) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("all_proxy", "http://127.0.0.1:1", 1);
  const auto response = CurlTransport({}).perform(get("/ok"), {});
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
  EXPECT_TRUE(response) << response.error().message;
}

class ServerTimeOfAnswersTest : public HttpFaultTest {
 protected:
  std::optional<Seconds> skew_after(const std::string& path) {
    ServerTime time(clock_);
    HttpOptions options;
    options.server_time = &time;
    EXPECT_TRUE(CurlTransport(options).perform(get(path), {}));
    return time.skew();
  }
  const SystemClock clock_;
};

TEST_F(ServerTimeOfAnswersTest, DateOfTheServiceIsTold) {
  EXPECT_LE(std::chrono::abs(skew_after("/ok").value_or(Seconds{99})), Seconds{2});
  EXPECT_LE(std::chrono::abs(skew_after("/date/1200").value_or(Seconds{0}) + Seconds{1200}), Seconds{2});
}

TEST_F(ServerTimeOfAnswersTest, PortalsRedirectsAndCachesDoNotSetOurClock) {
  EXPECT_EQ(skew_after("/portal"), std::nullopt);
  EXPECT_EQ(skew_after("/moved/1200"), std::nullopt);
  EXPECT_EQ(skew_after("/aged/1200"), std::nullopt);
}

class BandwidthOfRequestsTest : public HttpFaultTest {
 protected:
  BandwidthOfRequestsTest() { options_.bandwidth = &bandwidth_; }
  const SystemClock clock_;
  Bandwidth bandwidth_{clock_};
  HttpOptions options_ = impatient();
};

TEST_F(BandwidthOfRequestsTest, StreamedBodyKeepsTheLimit) {
  bandwidth_.set_limit(1'000'000);
  LettersBody body(1'500'000);
  const auto started = clock_.steady_now();
  const auto response = CurlTransport(options_).perform(put("/discard", body), {});
  const std::chrono::duration<double> took = clock_.steady_now() - started;
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(server_.line(), "PUT /discard" + std::string(kCapability) + " 1500000");
  EXPECT_GE(took.count(), 1.4 - 0.1);  // never faster; slower is the machine's load
  RecordProperty("bytes_per_s", std::to_string(1'500'000 / took.count()));
}

TEST_F(BandwidthOfRequestsTest, TwoUploadsTogetherKeepTheLimitWithinTwoPercentOverAMinute) {
  if (std::getenv("DOWNLINKD_TEST_LONG") == nullptr) GTEST_SKIP() << "takes a minute: DOWNLINKD_TEST_LONG=1";
  constexpr std::uint64_t kRate = 2'500'000;  // 20 Mbit/s
  bandwidth_.set_limit(kRate);
  const auto started = clock_.steady_now();
  const auto send = [this] {
    LettersBody body(kRate * 30);
    EXPECT_TRUE(CurlTransport(options_).perform(put("/discard", body), {}));
  };
  std::thread other(send);
  send();
  other.join();
  const std::chrono::duration<double> took = clock_.steady_now() - started;
  RecordProperty("seconds", std::to_string(took.count()));
  EXPECT_NEAR(took.count(), 60, 1.2);
}

TEST_F(BandwidthOfRequestsTest, PauseIsNoStallAndCanBeEnded) {
  bandwidth_.set_limit(0);
  LettersBody body(100'000);
  const auto started = clock_.steady_now();
  SteadyTime asked_at = started;
  std::chrono::duration<double> longest{0};
  // Twice the stall time-out of the test passes before the limit is lifted.
  const auto response = CurlTransport(options_).perform(put("/discard", body), [&](std::uint64_t) {
    const auto now = clock_.steady_now();
    longest = std::max<std::chrono::duration<double>>(longest, now - asked_at);
    asked_at = now;
    if (now - started > Milliseconds{2500}) bandwidth_.set_limit(std::nullopt);
    return true;
  });
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_LT(longest.count(), 5.0);  // a second and what the machine's load adds
  RecordProperty("longest_silence_s", std::to_string(longest.count()));
}

TEST_F(BandwidthOfRequestsTest, PausedRequestCanBeAborted) {
  bandwidth_.set_limit(0);
  LettersBody body(100'000);
  int asked = 0;
  const auto response =
      CurlTransport(options_).perform(put("/discard", body), [&asked](std::uint64_t) { return ++asked < 12; });
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::cancelled);
}

TEST_F(BandwidthOfRequestsTest, PausedRequestHearsThatTheServerIsGone) {
  bandwidth_.set_limit(0);
  LettersBody body(100'000);
  const auto response = CurlTransport(options_).perform(put("/early", body), {});
  if (response) {
    EXPECT_EQ(response->status, 503);
  } else {
    EXPECT_EQ(response.error().kind, ErrorKind::transient);
  }
}

TEST_F(BandwidthOfRequestsTest, QuestionsDoNotWait) {
  bandwidth_.set_limit(0);
  auto question = get("/discard");
  question.method = "POST";
  question.body = std::string(5000, 'x');
  const auto response = CurlTransport(options_).perform(question, {});
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
}

}  // namespace
}  // namespace dl::test
