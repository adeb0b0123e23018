// One delivery of one file to an S3 server behind a proxy that breaks what it is told to. Which server: environment
// DOWNLINKD_S3_SERVER = s3_double (default), ceph_rgw or swift_s3.
#pragma once

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/uplink/parts_checkpoint.h"
#include "tests/uplink/support_server.h"
#include "uplink/delivery/test_station.h"
#include "uplink/http/http_url.h"
#include "uplink/http/server_time.h"
#include "uplink/s3/s3_destination.h"
#include "uplink/s3/s3_signer.h"

namespace dl::test {

// Started once per process, for a real one takes its time.
struct S3Server {
  S3Server() {
    const char* wanted = std::getenv("DOWNLINKD_S3_SERVER");
    if (wanted != nullptr) kind = wanted;
    server = std::make_unique<SupportServer>(kind + ".py");
    if (server->available()) proxy = std::make_unique<FaultProxy>(server->value("endpoint"));
  }
  static S3Server& instance() {
    static S3Server made;
    return made;
  }
  [[nodiscard]] bool is_double() const { return kind == "s3_double"; }
  // Swift answers 501 to If-None-Match.
  [[nodiscard]] bool is_swift() const { return kind == "swift_s3"; }

  std::string kind = "s3_double";
  std::unique_ptr<SupportServer> server;
  std::unique_ptr<FaultProxy> proxy;
};

class S3Fixture : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!server_.server->available()) GTEST_SKIP() << server_.kind << " is not installed";
    part_bytes_ = server_.is_double() ? std::uint64_t{64} << 10 : uplink::kS3SmallestPartBytes;
    if (server_.is_double()) settings(R"({"part_min_bytes":65536})");
    s3_.name = "cloud";
    s3_.location = {server_.proxy->endpoint(), server_.server->value("bucket"), uplink::S3Addressing::path};
    s3_.upload.part_bytes = part_bytes_;
    if (server_.is_swift()) s3_.upload.create_only = uplink::CreateOnly::head_first;
    write_keys(server_.server->value("secret_key"));
    use_content(uplink::testing::noise(2 * part_bytes_ + part_bytes_ / 2));
    server_.proxy->forget_requests();
  }
  void TearDown() override {
    if (server_.proxy) {
      EXPECT_EQ(server_.proxy->faults_left(), 0U) << "the fault never struck";
    }
  }

  void write_keys(const std::string& secret, const std::string& token = {}) {
    uplink::testing::write_text(keys_file_, "[default]\naws_access_key_id = " + server_.server->value("access_key") +
                                                "\naws_secret_access_key = " + secret +
                                                (token.empty() ? "\n" : "\naws_session_token = " + token + "\n"));
  }
  // Names are the test's, for the server lives longer than it.
  void use_content(std::string content) {
    content_ = std::move(content);
    delivery_ = uplink::testing::make_delivery(folder_ / "band-4.tif", content_);
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    delivery_.object_name = std::string(test->name()) + "/band 4+" + std::to_string(names_++) + ".tif";
    parts_.clear();
  }
  void use_small_content() { use_content(uplink::testing::noise(1000)); }

  uplink::Outcome attempt(unsigned stop_after_progress = 0) {
    uplink::HttpOptions http;
    http.stall_timeout = Milliseconds{20'000};
    http.server_time = &server_time_;
    uplink::S3Signer signer(keys_file_, "default", server_.server->value("region"), server_time_);
    const auto destination =
        uplink::make_s3_destination(s3_, std::make_unique<uplink::CurlTransport>(http), signer, clock_);
    PartsCheckpoint checkpoint(delivery_, parts_, clock_);
    checkpoint.stop_after_progress(stop_after_progress);
    return destination->deliver(delivery_, checkpoint).value();
  }
  // As the engine does, without the waiting.
  uplink::Outcome attempts(unsigned limit = 5) {
    uplink::Outcome outcome;
    for (attempts_ = 1; attempts_ <= limit; ++attempts_) {
      outcome = attempt();
      if (outcome.kind != uplink::OutcomeKind::retry_later) break;
    }
    return outcome;
  }
  void expect_delivered(const uplink::Outcome& outcome) {
    ASSERT_EQ(outcome.kind, uplink::OutcomeKind::confirmed) << outcome.message;
    EXPECT_FALSE(outcome.generation.empty());
    expect_stored();
  }
  void expect_stored() {
    EXPECT_TRUE(stored() == content_);
    EXPECT_EQ(open_uploads(), 0U);
  }

  // A request of our own, past the proxy, signed with the good key.
  uplink::HttpResponse ask(const std::string& method, const std::string& target, const std::string& body = {},
                           std::vector<uplink::HttpHeader> headers = {}) {
    uplink::HttpOptions http;
    http.response_limit_bytes = 256U << 20;
    uplink::CurlTransport transport(http);
    uplink::HttpRequest request;
    request.method = method;
    request.url = server_.server->value("endpoint") + target;
    request.body = body;
    request.headers = std::move(headers);
    request.headers.push_back({"x-amz-content-sha256", sha256_hex(as_bytes(body))});
    request.purpose = "test";
    uplink::sign_v4(request, {server_.server->value("access_key"), server_.server->value("secret_key"), ""},
                    {server_.server->value("region"), "s3"}, SystemClock().now());
    const auto response = transport.perform(request, {});
    return response ? *response : uplink::HttpResponse{0, {}, response.error().message};
  }
  std::string object_target() const {
    return "/" + s3_.location.bucket + "/" + uplink::encode_path(delivery_.object_name);
  }
  std::optional<std::string> stored() {
    const auto response = ask("GET", object_target());
    return response.status == 200 ? std::optional(response.body) : std::nullopt;
  }
  void put_foreign_object(const std::string& content) { ASSERT_EQ(ask("PUT", object_target(), content).status, 200); }
  // Uploads of this test's object that nobody has finished or given up.
  std::size_t open_uploads() {
    const auto listed = ask("GET", "/" + s3_.location.bucket + "?uploads=");
    EXPECT_EQ(listed.status, 200) << listed.body;
    std::size_t found = 0;
    const std::string key = "<Key>" + delivery_.object_name + "</Key>";
    for (auto at = listed.body.find(key); at != std::string::npos; at = listed.body.find(key, at + 1)) ++found;
    return found;
  }
  // Of this test's object, in bodies of PUT requests.
  std::uint64_t sent_bytes() {
    std::uint64_t sum = 0;
    for (const auto& request : server_.proxy->requests()) sum += request.method == "PUT" ? request.body_bytes : 0;
    return sum;
  }
  std::size_t count(const std::string& method, const std::string& contains) {
    std::size_t found = 0;
    for (const auto& request : server_.proxy->requests()) {
      found += request.method == method && request.target.find(contains) != std::string::npos ? 1 : 0;
    }
    return found;
  }
  // Of the double.
  void settings(const std::string& json) { ask("POST", "/_double/settings", json); }
  void double_fault(const std::string& json) { ask("POST", "/_double/faults", json); }
  void break_request(const std::string& faults_json) { server_.proxy->fault(faults_json); }

  S3Server& server_ = S3Server::instance();
  uplink::testing::Folder folder_;
  std::filesystem::path keys_file_ = folder_ / "keys";
  std::uint64_t part_bytes_ = 0;
  std::string content_;
  spool::Delivery delivery_;
  std::vector<spool::DeliveryPart> parts_;
  SystemClock clock_;
  ShiftedClock station_clock_{Seconds{0}};
  uplink::ServerTime server_time_{station_clock_};
  uplink::S3Options s3_;
  unsigned attempts_ = 0;
  unsigned names_ = 0;
};

}  // namespace dl::test
