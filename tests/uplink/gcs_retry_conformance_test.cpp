// The groups of Google's retry conformance tests (googleapis/conformance-tests, storage/v1/retry_tests.json) that are
// about inserting objects, with the instructions of Google's storage testbench at the strict double. What the clients
// there do inside of one call, an attempt and the next ones do here. Group numbers as in that file in the text.
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/uplink/gcs_upload_fixture.h"

namespace dl::test {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using uplink::OutcomeKind;

using Instructions = std::vector<std::string>;

class GcsRetryConformance : public GcsUploadFixture, public ::testing::WithParamInterface<Instructions> {
 protected:
  void begin() {
    id_ = double_.begin_retry_test(nlohmann::json{{"storage.objects.insert", GetParam()}}.dump());
    ASSERT_FALSE(id_.empty());
    signer_.headers = {{"x-retry-test-id", id_}};
  }
  // Every failure was met: a test that passes because nothing went wrong shows nothing.
  bool completed() { return double_.retry_test_completed(id_); }
  std::vector<std::string> insert_urls() {
    std::vector<std::string> urls;
    for (const auto& request : double_.requests()) {
      if (request.kind == "initiate") urls.push_back(request.path);
    }
    return urls;
  }
  void expect_delivered_once() {
    const auto outcome = attempts();
    EXPECT_EQ(outcome.kind, OutcomeKind::confirmed) << outcome.message;
    EXPECT_TRUE(completed());
    EXPECT_TRUE(stored() == content_);
    EXPECT_EQ(double_.objects(), 1U);
  }

  std::string id_;
};

std::string name_of(const ::testing::TestParamInfo<Instructions>& suite) {
  std::string name;
  for (const std::string& instruction : suite.param) {
    if (!name.empty()) name += "_then_";
    for (const char c : instruction) name += c == '-' ? '_' : c;
  }
  return name;
}

const Instructions kTwoPassingFailures[] = {{"return-503", "return-503"},
                                            {"return-reset-connection", "return-reset-connection"},
                                            {"return-reset-connection", "return-503"}};

// Group 2: conditionally_idempotent_retries_when_precondition_is_present.
using InsertWithPrecondition = GcsRetryConformance;
INSTANTIATE_TEST_SUITE_P(Group2, InsertWithPrecondition, ::testing::ValuesIn(kTwoPassingFailures), name_of);
TEST_P(InsertWithPrecondition, IsRetriedAndSucceeds) {
  begin();
  expect_delivered_once();
  EXPECT_EQ(attempts_, GetParam().size() + 1);
}

// Group 3: conditionally_idempotent_no_retries_when_precondition_is_absent. An insert without a precondition must not
// be retried, because a second one would replace what the first has made. We have no such request: whatever is sent,
// the first time and every other, says that the object must not exist.
using InsertWithoutPrecondition = GcsRetryConformance;
INSTANTIATE_TEST_SUITE_P(Group3, InsertWithoutPrecondition, ::testing::ValuesIn(kTwoPassingFailures), name_of);
TEST_P(InsertWithoutPrecondition, IsNeverSent) {
  begin();
  expect_delivered_once();
  EXPECT_EQ(insert_urls().size(), 3U);
  EXPECT_THAT(insert_urls(), Each(HasSubstr("ifGenerationMatch=0")));
}
// What group 3 guards: what somebody has put there between two tries is never replaced.
TEST_P(InsertWithoutPrecondition, WouldReplaceWhatOursLeavesAlone) {
  begin();
  EXPECT_EQ(attempt().kind, OutcomeKind::retry_later);
  const std::string other = uplink::testing::noise(100, 7);
  double_.put_object("scenes", delivery_.object_name, other);
  EXPECT_EQ(attempts().kind, OutcomeKind::conflict);
  EXPECT_TRUE(stored() == other);
}

// Group 5: non-retryable errors. A 401 is answered with fresh credentials once, as Google's own clients do below the
// call that the conformance tests look at.
using NonRetryable = GcsRetryConformance;
INSTANTIATE_TEST_SUITE_P(Group5, NonRetryable,
                         ::testing::Values(Instructions{"return-400", "return-400"},
                                           Instructions{"return-401", "return-401"}),
                         name_of);
TEST_P(NonRetryable, EndsTheDelivery) {
  begin();
  const bool unauthorised = GetParam().front() == "return-401";
  EXPECT_EQ(attempts().kind, unauthorised ? OutcomeKind::refused : OutcomeKind::permanent);
  EXPECT_EQ(attempts_, 1U);
  EXPECT_EQ(insert_urls().size(), unauthorised ? 2U : 1U);
  EXPECT_EQ(signer_.invalidations, unauthorised ? 1U : 0U);
  EXPECT_EQ(double_.objects(), 0U);
}

// Group 6: a retryable error and then one that is not.
using RetryableThenNot = GcsRetryConformance;
INSTANTIATE_TEST_SUITE_P(Group6, RetryableThenNot,
                         ::testing::Values(Instructions{"return-503", "return-400"},
                                           Instructions{"return-reset-connection", "return-401", "return-401"}),
                         name_of);
TEST_P(RetryableThenNot, EndsTheDeliveryAtTheSecond) {
  begin();
  const auto outcome = attempts();
  EXPECT_THAT(outcome.kind, ::testing::AnyOf(OutcomeKind::refused, OutcomeKind::permanent));
  EXPECT_EQ(attempts_, 2U);
  EXPECT_TRUE(completed());
  EXPECT_EQ(double_.objects(), 0U);
}

// Group 7: resumable uploads, in one request and in many.
class Resumable : public GcsRetryConformance {
 protected:
  Resumable() {
    const bool after_8_mib = GetParam().front() == "return-503-after-8192K";
    if (after_8_mib) use_content(uplink::testing::noise((9U << 20) + 5));
    chunk_bytes_ = after_8_mib ? 4U << 20 : 2 * kQuantum;
  }
  std::uint64_t chunk_bytes_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Group7, Resumable,
                         ::testing::Values(Instructions{"return-reset-connection", "return-503"},
                                           Instructions{"return-408"}, Instructions{"return-503-after-256K"},
                                           Instructions{"return-503-after-8192K", "return-408"}),
                         name_of);
TEST_P(Resumable, UploadInOneRequestSurvives) {
  gcs_.upload.chunk_bytes = 64U << 20;
  begin();
  expect_delivered_once();
  // What was kept is not sent again.
  EXPECT_LE(sent_bytes(), 2 * content_.size());
  EXPECT_EQ(insert_urls().size(), GetParam().front().find("after") != std::string::npos ? 1U : 1U + GetParam().size());
}
TEST_P(Resumable, UploadInChunksSurvives) {
  gcs_.upload.chunk_bytes = chunk_bytes_;
  begin();
  expect_delivered_once();
  EXPECT_LE(sent_bytes(), content_.size() + gcs_.upload.chunk_bytes);
}

}  // namespace
}  // namespace dl::test
