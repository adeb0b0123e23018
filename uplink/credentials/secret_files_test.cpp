#include "uplink/credentials/secret_files.h"

#include <gtest/gtest.h>

namespace dl::uplink {
namespace {

const std::string kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY=";

TEST(AwsKeysFile, ProfileIsReadWithOrWithoutASessionToken) {
  const std::string text =
      "# keys\n[default]\naws_access_key_id = AKDEFAULT\naws_secret_access_key=x\n\n"
      "[ station ]\r\naws_access_key_id=AKSTATION\r\naws_secret_access_key = " +
      kSecret + "\r\naws_session_token=tok==\r\nregion = eu-west-1\n";
  const auto station = parse_aws_keys(text, "station");
  ASSERT_TRUE(station) << station.error().message;
  EXPECT_EQ(station->access_key_id, "AKSTATION");
  EXPECT_EQ(station->secret_access_key, kSecret);
  EXPECT_EQ(station->session_token, "tok==");
  EXPECT_EQ(parse_aws_keys(text, "default")->session_token, "");
}

TEST(AwsKeysFile, MissingPartsAreNamedWithoutASecret) {
  const auto no_profile = parse_aws_keys("[default]\naws_secret_access_key=" + kSecret, "station");
  EXPECT_NE(no_profile.error().message.find("[station]"), std::string::npos);
  const auto no_id = parse_aws_keys("[station]\naws_secret_access_key=" + kSecret, "station");
  for (const auto& failed : {no_profile, no_id}) {
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, ErrorKind::config);
    EXPECT_EQ(failed.error().message.find(kSecret.substr(0, 6)), std::string::npos);
  }
}

TEST(AzureKeysFile, HasOneProofAndPerhapsTheAccount) {
  const auto key = parse_azure_keys("# azure\naccount=station1\nkey=c2VjcmV0\n");
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->account, "station1");
  EXPECT_EQ(key->account_key, "c2VjcmV0");
  const auto sas = parse_azure_keys("sas=?sv=2023-01-03&sig=a%2Bb%3D");
  ASSERT_TRUE(sas) << sas.error().message;
  EXPECT_EQ(sas->sas_token, "sv=2023-01-03&sig=a%2Bb%3D");
}

TEST(AzureKeysFile, MayBeThePortalsConnectionString) {
  const auto keys = parse_azure_keys(
      "DefaultEndpointsProtocol=https;AccountName=station1;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net");
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->account, "station1");
  EXPECT_EQ(keys->account_key, "c2VjcmV0");
}

TEST(AzureKeysFile, AnythingElseIsRefusedWithoutASecret) {
  for (const char* text :
       {"", "account=a", "account=a\nkey=c2VjcmV0\nsas=c2VjcmV0", "account=a\nkey=c2VjcmV0!", "account=a\nc2VjcmV0"}) {
    const auto keys = parse_azure_keys(text);
    ASSERT_FALSE(keys) << text;
    EXPECT_EQ(keys.error().kind, ErrorKind::config);
    EXPECT_EQ(keys.error().message.find("c2Vj"), std::string::npos);
  }
}

TEST(LoginFile, IsSplitAtTheFirstColon) {
  const auto login = parse_login("station:pass:word \n");
  ASSERT_TRUE(login);
  EXPECT_EQ(login->user, "station");
  EXPECT_EQ(login->password, "pass:word");
  EXPECT_FALSE(parse_login("password"));
  EXPECT_FALSE(parse_login(":x"));
  EXPECT_FALSE(parse_login(""));
}

TEST(PasswordFile, IsItsFirstLine) {
  EXPECT_EQ(parse_password("secret\nmore").value(), "secret");
  EXPECT_FALSE(parse_password("\n"));
}

}  // namespace
}  // namespace dl::uplink
