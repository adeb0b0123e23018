#include "uplink/gcs/gcs_protocol.h"

#include <gtest/gtest.h>

namespace dl::uplink {
namespace {

TEST(ObjectResource, NeedsGenerationSizeAndCrc) {
  const auto whole =
      parse_object_resource(R"({"generation":"12","size":"3","crc32c":"AAAAAA==","metadata":{"sha256":"x"}})");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->generation, "12");
  EXPECT_EQ(whole->size_bytes, 3U);
  EXPECT_EQ(whole->sha256, "x");
  EXPECT_TRUE(parse_object_resource(R"({"generation":12,"size":3,"crc32c":"AAAAAA=="})"));
  for (const char* text : {"", "{", "[]", "null", "7", R"({"generation":"12","size":"3"})",
                           R"({"generation":"12","size":"x","crc32c":"AAAAAA=="})",
                           R"({"generation":"12","size":"-3","crc32c":"AAAAAA=="})",
                           R"({"size":"3","crc32c":"AAAAAA=="})", R"({"generation":{},"size":"3","crc32c":7})"}) {
    EXPECT_FALSE(parse_object_resource(text)) << text;
  }
}

TEST(ServerErrors, AreReadFromJsonAndFromAnythingElse) {
  const auto error =
      parse_server_error(R"({"error":{"code":403,"message":"two\nlines","errors":[{"reason":"forbidden"}]}})");
  EXPECT_EQ(error.message, "two lines");
  EXPECT_EQ(error.reason, "forbidden");
  EXPECT_EQ(parse_server_error("<html>Bad gateway").message, "<html>Bad gateway");
  EXPECT_EQ(parse_server_error("").message, "");
  EXPECT_EQ(parse_server_error(R"({"error":{"status":"NOT_FOUND"}})").reason, "NOT_FOUND");
  EXPECT_LT(parse_server_error(std::string(100'000, 'x')).message.size(), 400U);
}

TEST(ServerErrors, BeginningOfAnAnswerIsToldFromAnAnswer) {
  const std::string whole = R"({"error":{"code":400,"message":"no"}})";
  EXPECT_FALSE(parse_server_error(whole).cut);
  for (std::size_t size = 1; size < whole.size(); ++size) EXPECT_TRUE(parse_server_error(whole.substr(0, size)).cut);
  EXPECT_FALSE(parse_server_error("").cut);
  EXPECT_FALSE(parse_server_error("Not Found").cut);
}

TEST(ServerErrors, SessionsInThemAreBlackedOut) {
  const auto error = parse_server_error(R"({"error":{"message":"no /o?upload_id=ABCDEF&x=1 and upload_id=GHI"}})");
  EXPECT_EQ(error.message, "no /o?upload_id=...&x=1 and upload_id=...");
}

TEST(UrlText, PercentEncodingCoversSlashesAndUtf8) {
  EXPECT_EQ(percent_encode("a/b c~d_e-f.g"), "a%2Fb%20c~d_e-f.g");
  EXPECT_EQ(percent_encode("\xC3\xA9?&#"), "%C3%A9%3F%26%23");
}

TEST(UrlText, OriginMakesPortAndCaseExplicit) {
  EXPECT_EQ(url_origin("https://Storage.googleapis.com/x?y"), "https://storage.googleapis.com:443");
  EXPECT_EQ(url_origin("http://127.0.0.1:4443"), "http://127.0.0.1:4443");
  EXPECT_EQ(url_origin("http://[::1]/x"), "http://[::1]:80");
  EXPECT_EQ(url_origin("http://[::1]:99/x"), "http://[::1]:99");
  for (const char* text :
       {"", "storage.googleapis.com", "ftp://x/", "https:///x", "https://good@evil/", "http://x:99999/"}) {
    EXPECT_FALSE(url_origin(text)) << text;
  }
}

TEST(RetryAfterHeader, IsSecondsOrADateOrNothing) {
  const UtcTime now = parse_utc("1994-11-06T08:49:00Z").value();
  const auto of = [now](const char* value) { return retry_after({503, {{"retry-after", value}}, {}}, now); };
  EXPECT_EQ(of("120"), Seconds{120});
  EXPECT_EQ(of("Sun, 06 Nov 1994 08:49:37 GMT"), Seconds{37});
  EXPECT_EQ(of("Sun, 06 Nov 1994 08:40:00 GMT"), Seconds{0});
  for (const char* text : {"", "-1", "soon", "Sun, 06 Nov 1994", "Sun, 06 Non 1994 08:49:37 GMT", "99999999999999"}) {
    EXPECT_FALSE(of(text)) << text;
  }
  EXPECT_FALSE(retry_after({503, {}, {}}, now));
}

}  // namespace
}  // namespace dl::uplink
