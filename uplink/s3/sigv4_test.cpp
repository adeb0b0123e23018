#include "uplink/s3/sigv4.h"

#include <gtest/gtest.h>

#include "core/sha256.h"

namespace dl::uplink {
namespace {

// The keys of AWS's own examples.
const AwsKeys kExampleKeys{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""};
const AwsKeys kS3ExampleKeys{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
const std::string kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

UtcTime at(const char* text) {
  return parse_utc(text).value();
}

HttpRequest request(std::string method, std::string url, std::vector<HttpHeader> headers = {}, std::string body = {}) {
  HttpRequest made;
  made.method = std::move(method);
  made.url = std::move(url);
  made.headers = std::move(headers);
  made.body = std::move(body);
  return made;
}

std::string header(const HttpRequest& signed_request, const std::string& name) {
  for (const HttpHeader& h : signed_request.headers) {
    if (h.name == name) return h.value;
  }
  return {};
}

std::string signature(const HttpRequest& signed_request) {
  const std::string value = header(signed_request, "Authorization");
  const auto place = value.find("Signature=");
  return place == std::string::npos ? "" : value.substr(place + 10);
}

// "Signature Version 4 signing process", IAM ListUsers.
TEST(SigV4, IamListUsersOfTheDocumentation) {
  auto list = request("GET", "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
                      {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}});
  sign_v4(list, kExampleKeys, {"us-east-1", "iam", false}, at("2015-08-30T12:36:00Z"));
  EXPECT_EQ(signature(list), "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
  EXPECT_EQ(header(list, "Authorization"),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, Signature=" +
                signature(list));
}

// Amazon S3 API Reference, "Examples: Signature Calculations in AWS Signature Version 4".
TEST(SigV4, S3GetObjectOfTheDocumentation) {
  auto get = request("GET", "https://examplebucket.s3.amazonaws.com/test.txt",
                     {{"Range", "bytes=0-9"}, {"x-amz-content-sha256", kEmptySha256}});
  sign_v4(get, kS3ExampleKeys, {"us-east-1", "s3"}, at("2013-05-24T00:00:00Z"));
  EXPECT_EQ(signature(get), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4, S3PutObjectOfTheDocumentation) {
  const std::string body = "Welcome to Amazon S3.";
  auto put = request("PUT", "https://examplebucket.s3.amazonaws.com/test%24file.text",
                     {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                      {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                      {"x-amz-content-sha256", sha256_hex(as_bytes(body))}},
                     body);
  sign_v4(put, kS3ExampleKeys, {"us-east-1", "s3"}, at("2013-05-24T00:00:00Z"));
  EXPECT_EQ(signature(put), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(SigV4, S3GetBucketLifecycleOfTheDocumentation) {
  auto get =
      request("GET", "https://examplebucket.s3.amazonaws.com/?lifecycle", {{"x-amz-content-sha256", kEmptySha256}});
  sign_v4(get, kS3ExampleKeys, {"us-east-1", "s3"}, at("2013-05-24T00:00:00Z"));
  EXPECT_EQ(signature(get), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(SigV4, S3ListObjectsOfTheDocumentation) {
  auto get = request("GET", "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J",
                     {{"x-amz-content-sha256", kEmptySha256}});
  sign_v4(get, kS3ExampleKeys, {"us-east-1", "s3"}, at("2013-05-24T00:00:00Z"));
  EXPECT_EQ(signature(get), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

// AWS's published test suite (aws4_testsuite): service "service", host example.amazonaws.com, 20150830T123600Z.
struct Vector {
  const char* name;
  HttpRequest given;
  const char* signature;
};
void PrintTo(const Vector& vector, std::ostream* out) {
  *out << vector.name;
}

class SigV4Suite : public ::testing::TestWithParam<Vector> {};

TEST_P(SigV4Suite, GivesThePublishedSignature) {
  auto given = GetParam().given;
  sign_v4(given, kExampleKeys, {"us-east-1", "service", false}, at("2015-08-30T12:36:00Z"));
  EXPECT_EQ(signature(given), GetParam().signature);
}

const std::string kHost = "https://example.amazonaws.com";
INSTANTIATE_TEST_SUITE_P(
    Aws, SigV4Suite,
    ::testing::Values(Vector{"get_vanilla", request("GET", kHost + "/"),
                             "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
                      Vector{"get_vanilla_query_order_key_case",
                             request("GET", kHost + "/?Param2=value2&Param1=value1"),
                             "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
                      Vector{"post_vanilla", request("POST", kHost + "/"),
                             "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
                      Vector{"post_header_key_sort", request("POST", kHost + "/", {{"My-Header1", "value1"}}),
                             "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
                      Vector{"post_header_value_case", request("POST", kHost + "/", {{"My-Header1", "VALUE1"}}),
                             "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"}),
    [](const auto& suite) { return std::string(suite.param.name); });

TEST(SigV4, SessionTokenIsSentAndSigned) {
  auto get = request("GET", "https://b.s3.amazonaws.com/x", {{"x-amz-content-sha256", kEmptySha256}});
  sign_v4(get, {"A", "S", "TOKEN"}, {"us-east-1", "s3"}, at("2013-05-24T00:00:00Z"));
  EXPECT_EQ(header(get, "x-amz-security-token"), "TOKEN");
  EXPECT_NE(header(get, "Authorization").find("x-amz-date;x-amz-security-token,"), std::string::npos);
}

TEST(SigV4, SigningAgainReplacesTheOldSignature) {
  auto once = request("GET", "https://b.s3.amazonaws.com/x", {{"x-amz-content-sha256", kEmptySha256}});
  auto twice = once;
  sign_v4(twice, {"A", "S", "T"}, {"us-east-1", "s3"}, at("2013-05-24T00:00:00Z"));
  sign_v4(twice, {"A", "S", "T2"}, {"us-east-1", "s3"}, at("2013-05-24T01:00:00Z"));
  sign_v4(once, {"A", "S", "T2"}, {"us-east-1", "s3"}, at("2013-05-24T01:00:00Z"));
  EXPECT_EQ(signature(twice), signature(once));
  EXPECT_EQ(twice.headers.size(), once.headers.size());
}

TEST(SigV4, PathIsSignedAsItStandsForS3AndEncodedAgainForOthers) {
  const auto given = request("GET", "https://h/a%20b/../c//d");
  const auto line = [&](bool as_it_is) {
    const std::string text = canonical_request(given, {"r", "s", as_it_is}, "x");
    return text.substr(4, text.find('\n', 4) - 4);
  };
  EXPECT_EQ(line(true), "/a%20b/../c//d");
  EXPECT_EQ(line(false), "/c/d");
}

TEST(SigV4, HostLeavesOutTheDefaultPortOnly) {
  const auto host = [](const std::string& url) {
    const std::string text = canonical_request(request("GET", url), {"r", "s"}, "x");
    const auto place = text.find("host:");
    return text.substr(place, text.find('\n', place) - place);
  };
  EXPECT_EQ(host("https://A.example:443/x"), "host:a.example");
  EXPECT_EQ(host("http://a.example:80/x"), "host:a.example");
  EXPECT_EQ(host("http://127.0.0.1:7480/x"), "host:127.0.0.1:7480");
}

}  // namespace
}  // namespace dl::uplink
