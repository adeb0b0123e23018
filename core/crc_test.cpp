#include "core/crc.h"

#include <gtest/gtest.h>

namespace dl {
namespace {

// RFC 3720, appendix B.4, and the usual check string.
TEST(Crc32c, GivesTheVectorsOfRfc3720) {
  EXPECT_EQ(crc32c(Bytes(32, 0x00)), 0x8A9136AAU);
  EXPECT_EQ(crc32c(Bytes(32, 0xFF)), 0x62A8AB43U);
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283U);
  EXPECT_EQ(crc32c({}), 0U);
}

TEST(Crc32c, ContinuesAcrossEveryCut) {
  Bytes bytes(97);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<Byte>(i * 37 + 11);
  const std::uint32_t whole = crc32c(bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    EXPECT_EQ(crc32c(ByteView(bytes).subspan(cut), crc32c(ByteView(bytes).first(cut))), whole);
  }
}

TEST(Crc32c, OfEverySizeEqualsTheSumByteByByte) {
  Bytes bytes(5000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<Byte>(i * i * 37 + 11);
  std::uint32_t expected = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_EQ(crc32c(ByteView(bytes).first(size)), expected) << size;
    expected = crc32c(ByteView(bytes).subspan(size, 1), expected);
  }
}

TEST(Crc32c, CombinesAtEveryCut) {
  Bytes bytes(97);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<Byte>(i * 37 + 11);
  const ByteView view(bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    EXPECT_EQ(crc32c_combine(crc32c(view.first(cut)), crc32c(view.subspan(cut)), bytes.size() - cut), crc32c(bytes));
  }
  const Bytes large(3'000'001, 0xA5);
  const ByteView all(large);
  EXPECT_EQ(crc32c_combine(crc32c(all.first(1)), crc32c(all.subspan(1)), 3'000'000), crc32c(large));
}

TEST(Crc32c, Base64IsMostSignificantByteFirst) { EXPECT_EQ(crc32c_base64(0xE3069283U), "4waSgw=="); }

TEST(Crc16, GivesTheCcsdsCheckValue) { EXPECT_EQ(crc16_ccitt(as_bytes("123456789")), 0x29B1U); }

TEST(Crc16, OfEverySizeEqualsTheSumBitByBit) {
  Bytes bytes(100);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<Byte>(i * 37 + 11);
  unsigned expected = 0xFFFF;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    ASSERT_EQ(crc16_ccitt(ByteView(bytes).first(size)), expected) << size;
    if (size == bytes.size()) break;
    expected ^= static_cast<unsigned>(bytes[size]) << 8;
    for (int bit = 0; bit < 8; ++bit) expected = ((expected << 1) ^ ((expected & 0x8000) != 0 ? 0x1021U : 0U)) & 0xFFFF;
  }
}

}  // namespace
}  // namespace dl
