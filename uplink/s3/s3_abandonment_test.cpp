#include <gtest/gtest.h>

#include "uplink/s3/s3_multipart.h"

namespace dl::uplink {
namespace {

using Kind = UploadAction::Kind;

const S3Location kLocation{"https://s3.eu-central-1.amazonaws.com", "scenes", S3Addressing::path};
const UtcTime kNow = parse_utc("2026-05-12T12:00:00Z").value();

HttpResponse error(int status, const std::string& code) {
  const std::string body = "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>m</Message></Error>";
  return {status, {{"x-amz-request-id", "1"}}, body};
}

TEST(S3AbandonmentTest, GivesTheUploadUpAndIsDoneWhenItIsGone) {
  const UploadObject object{"scenes", "a", "", 1, 0, ""};
  S3Abandonment gone(object, kLocation, {"1000 U", kNow, 0, {}});
  EXPECT_EQ(gone.next().request.method, "DELETE");
  gone.on_response(error(404, "NoSuchUpload"), kNow);
  EXPECT_EQ(gone.outcome().kind, OutcomeKind::confirmed);
  EXPECT_TRUE(gone.session().empty());
  S3Abandonment busy(object, kLocation, {"1000 U", kNow, 0, {}});
  busy.on_response(error(503, "SlowDown"), kNow);
  EXPECT_EQ(busy.outcome().kind, OutcomeKind::retry_later);
  EXPECT_EQ(busy.session(), "1000 U");
  S3Abandonment nothing(object, kLocation, {"", kNow, 0, {}});
  EXPECT_EQ(nothing.next().kind, Kind::ended);
}

}  // namespace
}  // namespace dl::uplink
