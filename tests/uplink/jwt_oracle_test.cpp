// Our tokens before Google's own library (Debian's python3-google-auth).
#include <gtest/gtest.h>

#include "core/clock.h"
#include "core/file.h"
#include "tests/uplink/child_process.h"
#include "uplink/credentials/credentials.h"
#include "uplink/delivery/test_station.h"

namespace dl::test {
namespace {

constexpr const char* kAudience = "https://storage.googleapis.com/";

class JwtOracleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string key = folder_ / "key.pem";
    const std::string public_key = folder_ / "public.pem";
    ASSERT_EQ(ChildProcess({"openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-out", key}).wait(), 0);
    ASSERT_EQ(ChildProcess({"openssl", "pkey", "-in", key, "-pubout", "-out", public_key}).wait(), 0);
    key_ = {"station@project", "kid-1", read_text_file(key).value(), ""};
    oracle_.emplace(std::vector<std::string>{"/usr/bin/python3",
                                             std::string(DL_SOURCE_DIRECTORY) + "/tests/support/google_auth_check.py",
                                             public_key, kAudience});
    if (oracle_->read_line() != "ready") GTEST_SKIP() << "python3-google-auth is not installed";
  }
  std::string judge(const std::string& token) {
    oracle_->write_line(token);
    return oracle_->read_line().value_or("ended");
  }
  [[nodiscard]] std::string self_signed(Seconds age) const {
    return uplink::sign_jwt(key_, kAudience, clock_.now() - age).value();
  }

  const SystemClock clock_;
  uplink::testing::Folder folder_;
  uplink::ServiceAccountKey key_;
  std::optional<ChildProcess> oracle_;
};

TEST_F(JwtOracleTest, SelfSignedTokenIsGood) {
  const std::string judged = judge(self_signed(Seconds{0}));
  EXPECT_TRUE(judged.starts_with("good ")) << judged;
  EXPECT_NE(judged.find("\"sub\": \"station@project\""), std::string::npos) << judged;
}

TEST_F(JwtOracleTest, AssertionOfAGrantIsGood) {
  const std::string judged = judge(uplink::sign_grant_assertion(key_, kAudience, "scope", clock_.now()).value());
  EXPECT_TRUE(judged.starts_with("good ")) << judged;
  EXPECT_NE(judged.find("\"scope\": \"scope\""), std::string::npos) << judged;
}

TEST_F(JwtOracleTest, OracleSeesWhatIsWrong) {
  std::string tampered = self_signed(Seconds{0});
  tampered[tampered.find('.') + 5] ^= 1;
  EXPECT_TRUE(judge(tampered).starts_with("bad ")) << judge(tampered);
  EXPECT_TRUE(judge(self_signed(Seconds{7200})).starts_with("bad Token expired"));
  EXPECT_TRUE(judge(self_signed(Seconds{-7200})).starts_with("bad Token used too early"));
  const auto elsewhere = uplink::sign_jwt(key_, "https://elsewhere/", clock_.now()).value();
  EXPECT_TRUE(judge(elsewhere).starts_with("bad "));
}

}  // namespace
}  // namespace dl::test
