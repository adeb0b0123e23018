#include "uplink/azure/shared_key.h"

#include <gtest/gtest.h>

#include "core/base64.h"

namespace dl::uplink {
namespace {

UtcTime at(const char* text) {
  return parse_utc(text).value();
}

HttpRequest request(std::string method, std::string url, std::vector<HttpHeader> headers, std::string body = {}) {
  HttpRequest made;
  made.method = std::move(method);
  made.url = std::move(url);
  made.headers = std::move(headers);
  made.body = std::move(body);
  return made;
}

// "Authorize with Shared Key", the example of Get Container Metadata.
TEST(SharedKey, StringToSignOfTheDocumentation) {
  auto get =
      request("GET", "https://myaccount.blob.core.windows.net/mycontainer?comp=metadata&restype=container&timeout=20",
              {{"x-ms-version", "2015-02-21"}});
  sign_shared_key(get, "myaccount", as_bytes("key"), at("2015-06-26T23:39:12Z"));
  EXPECT_EQ(shared_key_string_to_sign(get, "myaccount"),
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n"
            "/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20");
}

TEST(SharedKey, BodyAndConditionsAreSigned) {
  const auto put = request("PUT", "http://127.0.0.1:10000/devstoreaccount1/c/a%20b?comp=block&blockid=YQ%3D%3D",
                           {{"Content-MD5", "md5"}, {"Content-Type", "text/plain"}, {"If-None-Match", "*"}}, "12345");
  EXPECT_EQ(shared_key_string_to_sign(put, "devstoreaccount1"),
            "PUT\n\n\n5\nmd5\ntext/plain\n\n\n\n*\n\n\n/devstoreaccount1/devstoreaccount1/c/a%20b\nblockid:YQ==\n"
            "comp:block");
}

TEST(SharedKey, SigningAgainReplacesTheOldSignature) {
  auto twice = request("GET", "https://a.blob.core.windows.net/c/b", {});
  sign_shared_key(twice, "a", as_bytes("key"), at("2015-06-26T23:39:12Z"));
  sign_shared_key(twice, "a", as_bytes("key"), at("2015-06-27T00:00:00Z"));
  ASSERT_EQ(twice.headers.size(), 2U);
  EXPECT_EQ(twice.headers[0].value, "Sat, 27 Jun 2015 00:00:00 GMT");
  EXPECT_TRUE(twice.headers[1].value.starts_with("SharedKey a:"));
  EXPECT_EQ(base64_decode(twice.headers[1].value.substr(12))->size(), 32U);
}

}  // namespace
}  // namespace dl::uplink
