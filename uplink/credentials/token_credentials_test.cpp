#include "uplink/credentials/token_credentials.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <nlohmann/json.hpp>

#include "uplink/credentials/bearer_signer.h"
#include "uplink/delivery/test_station.h"

namespace dl::uplink {
namespace {

const UtcTime kNow = parse_utc("2026-05-12T12:00:00Z").value();

std::string new_pem() {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<std::size_t>(size));
  BIO_free(bio);
  EVP_PKEY_free(key);
  return pem;
}

const std::string& pem() {
  static const std::string text = new_pem();
  return text;
}

HttpResponse token_answer(const std::string& token, int lifetime_s = 3600) {
  return {
      200, {}, nlohmann::json{{"access_token", token}, {"expires_in", lifetime_s}, {"token_type", "Bearer"}}.dump()};
}

// What is the same whoever hands out the token; asked through a grant.
class TokenGrantTest : public ::testing::Test {
 protected:
  TokenGrantTest() {
    write_key("https://oauth2.example/token");
    TokenGrantOptions options;
    options.key_file = path_;
    credentials_ = std::make_unique<TokenGrantCredentials>(
        options, std::make_unique<testing::ScriptedTransport>(script_), clock_, [] { return 0.5; });
  }
  void write_key(const std::string& token_uri) {
    testing::write_text(path_, nlohmann::json{{"type", "service_account"},
                                              {"client_email", "station@project"},
                                              {"private_key_id", "kid-1"},
                                              {"private_key", pem()},
                                              {"token_uri", token_uri}}
                                   .dump());
  }
  void answer(Result<HttpResponse> response) { script_->answers.push_back(std::move(response)); }
  Error failure() {
    const auto result = credentials_->authorization();
    EXPECT_FALSE(result);
    return result ? Error{} : result.error();
  }
  [[nodiscard]] std::size_t asked() const { return script_->requests.size(); }

  testing::Folder folder_;
  std::filesystem::path path_ = folder_ / "key.json";
  ManualClock clock_{kNow};
  std::shared_ptr<testing::ScriptedTransport::Script> script_ = std::make_shared<testing::ScriptedTransport::Script>();
  std::unique_ptr<TokenGrantCredentials> credentials_;
};

TEST_F(TokenGrantTest, AsksTheKeysTokenServerWithAnAssertion) {
  answer(token_answer("TOKEN1"));
  EXPECT_EQ(credentials_->authorization().value(), "Bearer TOKEN1");
  ASSERT_EQ(asked(), 1U);
  const auto& request = script_->requests[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://oauth2.example/token");
  EXPECT_EQ(request.header("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_TRUE(
      request.body.starts_with("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=eyJ"));
}

TEST_F(TokenGrantTest, TokenIsKeptUntilLittleTimeIsLeftWhateverTheWallClockDoes) {
  answer(token_answer("TOKEN1"));
  answer(token_answer("TOKEN2"));
  credentials_->authorization();
  clock_.step_wall_clock(Seconds{86400});
  clock_.advance(Seconds{3600 - 225 - 1});
  EXPECT_EQ(credentials_->authorization().value(), "Bearer TOKEN1");
  clock_.advance(Seconds{2});
  EXPECT_EQ(credentials_->authorization().value(), "Bearer TOKEN2");
}

TEST_F(TokenGrantTest, OldTokenIsUsedToItsEndWhileThereIsNoNewOne) {
  answer(token_answer("TOKEN1"));
  answer(fail(ErrorKind::transient, "nobody there"));
  credentials_->authorization();
  clock_.advance(Seconds{3600 - 100});
  EXPECT_EQ(credentials_->authorization().value(), "Bearer TOKEN1");
  EXPECT_EQ(asked(), 2U);
  EXPECT_EQ(credentials_->authorization().value(), "Bearer TOKEN1");
  EXPECT_EQ(asked(), 2U);  // and nobody is hammered
}

TEST_F(TokenGrantTest, InvalidatedTokenIsAskedForAnew) {
  answer(token_answer("TOKEN1"));
  answer(token_answer("TOKEN2"));
  credentials_->authorization();
  credentials_->invalidate();
  EXPECT_EQ(credentials_->authorization().value(), "Bearer TOKEN2");
}

TEST_F(TokenGrantTest, ServersTroubleIsTransientAndNotAskedAboutMoreOftenThanTheBackOffAllows) {
  for (const int status : {500, 503, 408, 429}) {
    answer(HttpResponse{status, {}, ""});
    const std::size_t before = asked();
    EXPECT_EQ(failure().kind, ErrorKind::transient) << status;
    for (int worker = 0; worker < 10; ++worker) EXPECT_EQ(failure().kind, ErrorKind::transient);
    EXPECT_EQ(asked(), before + 1) << status;
    clock_.advance(Seconds{60});
  }
  answer(token_answer("TOKEN1"));
  EXPECT_TRUE(credentials_->authorization());
}

TEST_F(TokenGrantTest, FailureThatTookAMinuteIsEverybodysAndNotAskedForAgainByEachWhoWaited) {
  class Silence final : public HttpTransport {
   public:
    Silence(ManualClock& clock, int& asked) : clock_(clock), asked_(asked) {}
    Result<HttpResponse> perform(const HttpRequest&, const ProgressFn&) override {
      ++asked_;
      clock_.advance(Seconds{60});
      return fail(ErrorKind::transient, "no byte moved for 60 s");
    }

   private:
    ManualClock& clock_;
    int& asked_;
  };
  int asked = 0;
  MetadataCredentials credentials({}, std::make_unique<Silence>(clock_, asked), clock_, [] { return 0.5; });
  for (int worker = 0; worker < 10; ++worker) EXPECT_FALSE(credentials.authorization());
  EXPECT_EQ(asked, 1);
  clock_.advance(Seconds{1});
  EXPECT_FALSE(credentials.authorization());
  EXPECT_EQ(asked, 2);
}

TEST_F(TokenGrantTest, RetryAfterIsHonoured) {
  answer(HttpResponse{503, {{"retry-after", "120"}}, ""});
  answer(token_answer("TOKEN1"));
  failure();
  clock_.advance(Seconds{119});
  failure();
  EXPECT_EQ(asked(), 1U);
  clock_.advance(Seconds{2});
  EXPECT_TRUE(credentials_->authorization());
}

TEST_F(TokenGrantTest, InvalidGrantSpeaksOfKeyAndClock) {
  answer(HttpResponse{
      400, {}, R"({"error":"invalid_grant","error_description":"Invalid JWT: Token must be short-lived"})"});
  const Error error = failure();
  EXPECT_EQ(error.kind, ErrorKind::config);
  EXPECT_NE(error.message.find("Invalid JWT: Token must be short-lived"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("clock is wrong: it says 2026-05-12T12:00:00Z"), std::string::npos) << error.message;
}

TEST_F(TokenGrantTest, AnswerThatMakesNoSenseIsTransient) {
  for (const char* body :
       {"", "{}", "[]", "{\"access_token\":\"\",\"expires_in\":3600}", "{\"access_token\":\"x\"}",
        "{\"access_token\":\"a\\r\\nX-Evil: 1\",\"expires_in\":3600}",
        "{\"access_token\":\"x\",\"expires_in\":\"soon\"}", "{\"access_token\":\"x\",\"expires_in\":-5}"}) {
    answer(HttpResponse{200, {}, body});
    EXPECT_EQ(failure().kind, ErrorKind::transient) << body;
    clock_.advance(Seconds{60});
  }
}

TEST_F(TokenGrantTest, PortalIsNamed) {
  answer(HttpResponse{200, {{"content-type", "text/html"}}, "<html><title>Harbour WiFi</title>"});
  const Error error = failure();
  EXPECT_EQ(error.kind, ErrorKind::transient);
  EXPECT_NE(error.message.find("captive portal"), std::string::npos);
}

TEST_F(TokenGrantTest, TokenServerOfTheKeyMustBeHttps) {
  for (const char* uri : {"", "http://oauth2.example/token"}) {
    write_key(uri);
    EXPECT_EQ(failure().kind, ErrorKind::config);
    clock_.advance(Seconds{60});
  }
  EXPECT_EQ(asked(), 0U);
}

TEST_F(TokenGrantTest, NoMessageHoldsASecret) {
  std::vector<std::string> messages;
  const std::string echo = R"({"error":"invalid_request","error_description":")" + std::string(200, 'S') + R"("})";
  for (HttpResponse response :
       {HttpResponse{400, {}, echo}, HttpResponse{503, {}, echo}, HttpResponse{401, {}, "SECRET"},
        HttpResponse{200, {}, R"({"access_token":"SECRET"})"}}) {
    answer(std::move(response));
    messages.push_back(failure().message);
    clock_.advance(Seconds{120});
  }
  testing::write_text(path_, "{\"private_key\":\"SECRET");
  credentials_->invalidate();
  messages.push_back(credentials_->trouble().value_or(""));
  for (const std::string& message : messages) {
    EXPECT_EQ(message.find("SECRET"), std::string::npos) << message;
    EXPECT_EQ(message.find("SSSS"), std::string::npos) << message;
    EXPECT_EQ(message.find("eyJ"), std::string::npos) << message;
    EXPECT_EQ(message.find("PRIVATE KEY"), std::string::npos) << message;
  }
}

TEST_F(TokenGrantTest, BearerSignerAddsItAsAHeader) {
  answer(token_answer("TOKEN1"));
  BearerSigner signer(*credentials_);
  HttpRequest request;
  ASSERT_TRUE(signer.sign(request));
  ASSERT_EQ(request.headers.size(), 1U);
  EXPECT_EQ(request.headers[0].name, "Authorization");
  EXPECT_EQ(request.headers[0].value, "Bearer TOKEN1");
  signer.invalidate();
  answer(HttpResponse{500, {}, ""});
  HttpRequest unsigned_request;
  EXPECT_EQ(signer.sign(unsigned_request).error().kind, ErrorKind::transient);
  EXPECT_TRUE(unsigned_request.headers.empty());
}

class MetadataTest : public ::testing::Test {
 protected:
  Result<std::string> authorization(HttpResponse response, MetadataOptions options = {}) {
    script_->answers.emplace_back(std::move(response));
    MetadataCredentials credentials(std::move(options), std::make_unique<testing::ScriptedTransport>(script_), clock_,
                                    [] { return 0.5; });
    return credentials.authorization();
  }
  static HttpResponse flavoured(HttpResponse response) {
    response.headers.push_back({"metadata-flavor", "Google"});
    return response;
  }
  ManualClock clock_{kNow};
  std::shared_ptr<testing::ScriptedTransport::Script> script_ = std::make_shared<testing::ScriptedTransport::Script>();
};

TEST_F(MetadataTest, IsAskedWithItsHeaderForAScope) {
  MetadataOptions options;
  options.host = "127.0.0.1:8080";
  options.scope = "https://s/a,https://s/b";
  EXPECT_EQ(authorization(flavoured(token_answer("TOKEN1")), options).value(), "Bearer TOKEN1");
  EXPECT_EQ(script_->requests[0].url,
            "http://127.0.0.1:8080/computeMetadata/v1/instance/service-accounts/default/token"
            "?scopes=https%3A%2F%2Fs%2Fa%2Chttps%3A%2F%2Fs%2Fb");
  EXPECT_EQ(script_->requests[0].header("Metadata-Flavor"), "Google");
}

TEST_F(MetadataTest, WhoeverElseAnswersIsNotBelieved) {
  const auto answered = authorization(token_answer("EVIL"));
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().kind, ErrorKind::transient);
  EXPECT_EQ(answered.error().message.find("EVIL"), std::string::npos);
}

TEST_F(MetadataTest, MachineWithoutTheAccountIsAConfigError) {
  EXPECT_EQ(authorization(flavoured(HttpResponse{404, {}, ""})).error().kind, ErrorKind::config);
  EXPECT_EQ(authorization(flavoured(HttpResponse{503, {}, ""})).error().kind, ErrorKind::transient);
}

TEST(MetadataHttp, WaitsThreeSecondsAndTakesNoProxy) {
  const HttpOptions options = metadata_http_options();
  EXPECT_EQ(options.connect_timeout, Seconds{3});
  EXPECT_EQ(options.request_timeout, Seconds{3});
  EXPECT_TRUE(options.proxy.empty());
}

}  // namespace
}  // namespace dl::uplink
