#include "uplink/http/captive_portal.h"

#include <gtest/gtest.h>

namespace dl::uplink {
namespace {

HttpResponse answer(int status, std::vector<HttpHeader> headers, std::string body = {}) {
  return {status, std::move(headers), std::move(body)};
}

constexpr std::string_view kUrl = "https://storage.googleapis.com/upload/storage/v1/b/x/o";

TEST(CaptivePortal, WebPageInPlaceOfAnApiAnswerIsOne) {
  for (const char* page : {"<!DOCTYPE html><html>", "  \r\n<HTML><head>", "\xEF\xBB\xBF<html>", "<script>location='x'",
                           "<meta http-equiv=\"refresh\" content=\"0\">"}) {
    for (const int status : {200, 302, 403, 405}) {
      EXPECT_TRUE(is_captive_portal(answer(status, {{"content-type", "text/html"}}, page), kUrl)) << page;
      EXPECT_TRUE(is_captive_portal(answer(status, {}, page), kUrl)) << page;
    }
  }
  EXPECT_TRUE(is_captive_portal(answer(200, {{"content-type", "text/html"}}, "<center>Welcome</center>"), kUrl));
}

TEST(CaptivePortal, NetworkAuthenticationRequiredIsOne) {
  EXPECT_TRUE(is_captive_portal(answer(511, {}), kUrl));
}

TEST(CaptivePortal, RedirectToAnotherHostIsOne) {
  EXPECT_TRUE(is_captive_portal(answer(302, {{"location", "http://login.hotel.example/"}}), kUrl));
  EXPECT_TRUE(is_captive_portal(answer(307, {{"location", "http://storage.googleapis.com/"}}), kUrl));  // and not https
  EXPECT_TRUE(is_captive_portal(answer(302, {{"location", "http://10.0.0.1/"}})));
  EXPECT_FALSE(is_captive_portal(answer(302, {{"location", "https://storage.googleapis.com/x"}}), kUrl));
  EXPECT_FALSE(is_captive_portal(answer(302, {{"location", "/x"}}), kUrl));
}

TEST(CaptivePortal, WordsOfTheServicesAreNone) {
  const HttpHeader html{"content-type", "text/html; charset=UTF-8"};
  EXPECT_FALSE(is_captive_portal(answer(308, {html, {"range", "bytes=0-262143"}}), kUrl));
  EXPECT_FALSE(is_captive_portal(answer(200, {html, {"location", "https://storage.googleapis.com/s?upload_id=1"}})));
  EXPECT_FALSE(is_captive_portal(answer(404, {html}, "Not Found"), kUrl));
  EXPECT_FALSE(is_captive_portal(answer(503, {html}, "<html><body><h1>503 Service Unavailable</h1>"), kUrl));
  EXPECT_FALSE(is_captive_portal(answer(200, {{"content-type", "application/json"}}, "{}"), kUrl));
  EXPECT_FALSE(is_captive_portal(answer(200, {html}, "<?xml version=\"1.0\"?><ListPartsResult>"), kUrl));
  EXPECT_FALSE(is_captive_portal(
      answer(301, {{"location", "https://b.s3.eu-west-1.amazonaws.com/"}}, "<?xml version=\"1.0\"?><Error>"), kUrl));
}

TEST(CaptivePortal, ErrorIsTransientAndNamesThePage) {
  const auto error = captive_portal_error(
      "starting an upload", answer(200, {}, "<html><head><Title>\n Harbour  WiFi \x01</title>?upload_id=SECRET"));
  EXPECT_EQ(error.kind, ErrorKind::transient);
  EXPECT_TRUE(names_captive_portal(error.message));
  EXPECT_NE(error.message.find("'Harbour WiFi ?'"), std::string::npos) << error.message;
  EXPECT_EQ(error.message.find("SECRET"), std::string::npos);
}

}  // namespace
}  // namespace dl::uplink
