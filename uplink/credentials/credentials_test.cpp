#include "uplink/credentials/credentials.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "uplink/delivery/test_station.h"

namespace dl::uplink {
namespace {

// A key made for this test, as a PEM text and as the verifier's object.
struct TestKey {
  EVP_PKEY* key = nullptr;
  std::string pem;

  TestKey() : key(EVP_RSA_gen(2048)) {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    pem.assign(text, static_cast<std::size_t>(size));
    BIO_free(bio);
  }
  TestKey(const TestKey&) = delete;
  TestKey& operator=(const TestKey&) = delete;
  ~TestKey() { EVP_PKEY_free(key); }

  [[nodiscard]] bool verifies(const std::string& text, const Bytes& signature) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key);
    const ByteView bytes = as_bytes(text);
    const int good = EVP_DigestVerify(context, signature.data(), signature.size(), bytes.data(), bytes.size());
    EVP_MD_CTX_free(context);
    return good == 1;
  }
};

const TestKey& test_key() {
  static const TestKey key;
  return key;
}

Bytes decode_url(std::string text) {
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  text.append((4 - text.size() % 4) % 4, '=');
  return base64_decode(text).value();
}

struct Token {
  nlohmann::json header, claims;
  std::string signed_text;
  Bytes signature;

  explicit Token(const std::string& jwt) {
    const auto first = jwt.find('.');
    const auto second = jwt.find('.', first + 1);
    header = nlohmann::json::parse(as_text(decode_url(jwt.substr(0, first))));
    claims = nlohmann::json::parse(as_text(decode_url(jwt.substr(first + 1, second - first - 1))));
    signed_text = jwt.substr(0, second);
    signature = decode_url(jwt.substr(second + 1));
  }
};

std::string key_file(const std::string& email, const std::string& pem) {
  return nlohmann::json{
      {"type", "service_account"}, {"client_email", email}, {"private_key_id", "kid-1"}, {"private_key", pem}}
      .dump();
}

const UtcTime kNow = parse_utc("2026-05-12T12:00:00.5Z").value();

TEST(SelfSignedToken, HasTheClaimsOfAip4111AndAGoodSignature) {
  const auto jwt =
      sign_jwt({"station@project", "kid-1", test_key().pem, ""}, audience_of("https://storage.googleapis.com"), kNow);
  ASSERT_TRUE(jwt) << jwt.error().message;
  const Token token(*jwt);
  EXPECT_EQ(token.header, (nlohmann::json{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "kid-1"}}));
  EXPECT_EQ(token.claims["iss"], "station@project");
  EXPECT_EQ(token.claims["sub"], "station@project");
  EXPECT_EQ(token.claims["aud"], "https://storage.googleapis.com/");
  EXPECT_EQ(token.claims["iat"], 1778587200);
  EXPECT_EQ(token.claims["exp"], 1778587200 + 3600);
  EXPECT_TRUE(test_key().verifies(token.signed_text, token.signature));
  EXPECT_FALSE(test_key().verifies(token.signed_text + "x", token.signature));
}

TEST(SelfSignedToken, KeyThatIsNoneIsAConfigErrorWithoutTheKey) {
  const auto jwt =
      sign_jwt({"a@b", "k", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n", ""}, "x/", kNow);
  ASSERT_FALSE(jwt);
  EXPECT_EQ(jwt.error().kind, ErrorKind::config);
  EXPECT_EQ(jwt.error().message.find("c2Vj"), std::string::npos);
}

TEST(KeyFile, MustBeAServiceAccount) {
  EXPECT_TRUE(parse_service_account_key(key_file("a@b", "pem")));
  for (const char* text :
       {"", "[]", "{}", R"({"type":"authorized_user","client_email":"a","private_key_id":"b","private_key":"c"})"}) {
    EXPECT_EQ(parse_service_account_key(text).error().kind, ErrorKind::config) << text;
  }
}

class ServiceAccountTest : public ::testing::Test {
 protected:
  ServiceAccountTest() { testing::write_text(path_, key_file("a@b", test_key().pem)); }
  Token token() { return Token(credentials_.authorization().value().substr(7)); }

  testing::Folder folder_;
  std::filesystem::path path_ = folder_ / "key.json";
  ManualClock clock_{kNow};
  ServiceAccountCredentials credentials_{path_, "https://x/", clock_};
};

TEST_F(ServiceAccountTest, TokenIsKeptUntilLittleTimeIsLeft) {
  const auto first = credentials_.authorization().value();
  EXPECT_TRUE(first.starts_with("Bearer "));
  clock_.advance(Seconds{3600 - 225 - 1});
  EXPECT_EQ(credentials_.authorization().value(), first);
  clock_.advance(Seconds{2});
  EXPECT_NE(credentials_.authorization().value(), first);
}

TEST_F(ServiceAccountTest, InvalidatedTokenIsMadeAnew) {
  const auto first = token();
  credentials_.invalidate();
  clock_.advance(Seconds{1});
  EXPECT_EQ(token().claims["iat"].get<std::int64_t>(), first.claims["iat"].get<std::int64_t>() + 1);
}

TEST_F(ServiceAccountTest, TokenOfAWrongClockIsNotKeptWhenTheClockIsSetBack) {
  token();
  clock_.step_wall_clock(-Seconds{86400});
  EXPECT_EQ(token().claims["iat"], 1778587200 - 86400);
}

TEST_F(ServiceAccountTest, ChangedKeyFileIsReadAgain) {
  EXPECT_EQ(token().claims["iss"], "a@b");
  testing::write_text(path_, key_file("rotated@b", test_key().pem));
  EXPECT_EQ(token().claims["iss"], "rotated@b");
}

TEST_F(ServiceAccountTest, BrokenKeyFileLeavesTheOldKeyInUseAndSaysSoWithoutIt) {
  token();
  const std::string half = key_file("a@b", test_key().pem).substr(0, 900);
  testing::write_text(path_, half);
  credentials_.invalidate();
  clock_.advance(Seconds{3600});
  EXPECT_EQ(token().claims["iss"], "a@b");
  ASSERT_TRUE(credentials_.trouble());
  EXPECT_NE(credentials_.trouble()->find(path_.string()), std::string::npos);
  // The service does not take the old key any more either.
  credentials_.invalidate();
  const auto given_up = credentials_.authorization();
  ASSERT_FALSE(given_up);
  EXPECT_EQ(given_up.error().kind, ErrorKind::config);
  for (const std::string& message : {given_up.error().message, *credentials_.trouble()}) {
    for (std::size_t at = 60; at + 12 < half.size(); at += 12) {
      EXPECT_EQ(message.find(half.substr(at, 12)), std::string::npos) << message;
    }
  }
}

TEST_F(ServiceAccountTest, MissingKeyFileNamesItsPath) {
  std::filesystem::remove(path_);
  const auto missing = credentials_.authorization();
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::config);
  EXPECT_NE(missing.error().message.find(path_.string()), std::string::npos);
}

TEST(GrantAssertion, IsForTheTokenServerAndNamesTheScope) {
  const auto jwt = sign_grant_assertion({"a@b", "kid-1", test_key().pem, ""}, "https://t.example/token", "s1 s2", kNow);
  ASSERT_TRUE(jwt) << jwt.error().message;
  const Token token(*jwt);
  EXPECT_EQ(token.claims, (nlohmann::json{{"iss", "a@b"},
                                          {"aud", "https://t.example/token"},
                                          {"scope", "s1 s2"},
                                          {"iat", 1778587200},
                                          {"exp", 1778587200 + 3600}}));
  EXPECT_TRUE(test_key().verifies(token.signed_text, token.signature));
}

}  // namespace
}  // namespace dl::uplink
