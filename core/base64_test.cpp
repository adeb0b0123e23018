#include "core/base64.h"

#include <gtest/gtest.h>

namespace dl {
namespace {

// RFC 4648, section 10.
TEST(Base64, GivesTheVectorsOfRfc4648) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base64_encode(as_bytes(plain)), encoded);
    EXPECT_EQ(as_text(base64_decode(encoded).value()), plain);
  }
}

TEST(Base64, UrlAlphabetHasNoPadding) {
  const Bytes bytes = {0xFB, 0xFF, 0xFE, 0x01};
  EXPECT_EQ(base64url_encode(bytes), "-__-AQ");
}

TEST(Base64, RefusesForeignCharactersAndOddLengths) {
  EXPECT_EQ(base64_decode("Zm9").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(base64_decode("Zm9*").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(base64_decode("Zg==Zg==").error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace dl
