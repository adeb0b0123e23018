// One delivery of one file to the strict GCS double, attempt by attempt as the delivery engine makes them, without the
// waiting between them.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/uplink/gcs_double.h"
#include "uplink/delivery/test_station.h"
#include "uplink/gcs/gcs_destination.h"

namespace dl::test {

inline constexpr std::uint64_t kQuantum = uplink::kChunkQuantumBytes;

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

// Adds the same headers to every request.
class HeaderSigner final : public uplink::RequestSigner {
 public:
  Result<void> sign(uplink::HttpRequest& request) override {
    request.headers.insert(request.headers.end(), headers.begin(), headers.end());
    return {};
  }
  void invalidate() override { ++invalidations; }

  std::vector<uplink::HttpHeader> headers;
  unsigned invalidations = 0;
};

class GcsUploadFixture : public ::testing::Test {
 protected:
  GcsUploadFixture() {
    http_.stall_timeout = Milliseconds{1000};
    gcs_.name = "cloud";
    gcs_.endpoint = double_.endpoint();
    gcs_.bucket = "scenes";
    gcs_.upload.chunk_bytes = 2 * kQuantum;
  }

  uplink::Outcome attempt() {
    const auto destination =
        uplink::make_gcs_destination(gcs_, std::make_unique<uplink::CurlTransport>(http_), signer_, clock_);
    Checkpoint checkpoint(delivery_, clock_);
    return destination->deliver(delivery_, checkpoint).value();
  }
  uplink::Outcome attempts(unsigned limit = 20) {
    uplink::Outcome outcome;
    for (attempts_ = 1; attempts_ <= limit; ++attempts_) {
      outcome = attempt();
      EXPECT_EQ(outcome.message.find("upload_id"), std::string::npos) << outcome.message;
      if (outcome.kind != uplink::OutcomeKind::retry_later) break;
    }
    return outcome;
  }
  void use_content(std::string content) {
    content_ = std::move(content);
    delivery_ = uplink::testing::make_delivery(folder_ / "band-4.tif", content_);
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
  std::optional<std::string> stored() { return double_.object("scenes", delivery_.object_name); }

  uplink::testing::Folder folder_;
  std::string content_ = uplink::testing::noise(5 * kQuantum + 1234);
  spool::Delivery delivery_ = uplink::testing::make_delivery(folder_ / "band-4.tif", content_);
  GcsDouble double_;
  SystemClock clock_;
  uplink::HttpOptions http_;
  HeaderSigner signer_;
  uplink::GcsOptions gcs_;
  unsigned attempts_ = 0;
};

}  // namespace dl::test
