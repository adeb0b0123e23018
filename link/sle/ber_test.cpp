#include "link/sle/ber.h"

#include <limits>

#include <gtest/gtest.h>

#include "core/sha256.h"

namespace dl::link::sle {
namespace {

std::string written_integer(std::int64_t value) {
  BerWriter writer;
  writer.integer(kInteger, value);
  return to_hex(writer.bytes());
}

TEST(BerWriter, WritesIntegersWithTheFewestBytes) {
  EXPECT_EQ(written_integer(0), "020100");
  EXPECT_EQ(written_integer(127), "02017f");
  EXPECT_EQ(written_integer(128), "02020080");
  EXPECT_EQ(written_integer(-1), "0201ff");
  EXPECT_EQ(written_integer(-128), "020180");
  EXPECT_EQ(written_integer(-129), "0202ff7f");
  EXPECT_EQ(written_integer(16777215), "020400ffffff");
  EXPECT_EQ(written_integer(std::numeric_limits<std::int64_t>::min()), "02088000000000000000");
}

TEST(BerWriter, WritesLengthsWithTheFewestBytesAtEveryBorder) {
  for (const std::size_t size : {0, 1, 127, 128, 255, 256, 65535, 65536}) {
    BerWriter writer;
    writer.constructed(kSequence, [&] { writer.octets(kOctetString, Bytes(size, 7)); });
    BerReader reader(writer.bytes());
    const auto outer = reader.expect(kSequence, "outer");
    ASSERT_TRUE(outer) << size;
    EXPECT_TRUE(reader.at_end());
    BerReader inner(*outer);
    const auto content = inner.octets(kOctetString, "inner", 0, 1 << 20);
    ASSERT_TRUE(content) << size;
    EXPECT_EQ(content->size(), size);
    const std::size_t length_bytes = size < 128 ? 1 : size < 256 ? 2 : size < 65536 ? 3 : 4;
    EXPECT_EQ(outer->size(), 1 + length_bytes + size);
  }
}

TEST(BerReader, ReadsBackWhatWasWritten) {
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 40, std::int64_t{-129},
                                   std::numeric_limits<std::int64_t>::max()}) {
    BerWriter writer;
    writer.integer(context(100), value);
    BerReader reader(writer.bytes());
    EXPECT_EQ(reader.integer(context(100), "value", std::numeric_limits<std::int64_t>::min(),
                             std::numeric_limits<std::int64_t>::max()),
              value);
  }
}

TEST(BerReader, ReadsObjectIdentifiers) {
  BerWriter writer;
  const ObjectIdentifier raf = {1, 3, 112, 4, 3, 1, 2, 22};
  writer.object_identifier(kObjectIdentifier, raf);
  EXPECT_EQ(to_hex(writer.bytes()), "06072b700403010216");
  EXPECT_EQ(parse_object_identifier(writer.bytes().subspan(2)), raf);
  const Bytes large = {0x88, 0x37, 0x83, 0x7F};  // {2 999 511}
  EXPECT_EQ(parse_object_identifier(large), (ObjectIdentifier{2, 999, 511}));
}

TEST(BerReader, ReadsElementsWithoutLength) {
  // SEQUENCE { SEQUENCE { INTEGER 5 }, INTEGER 6 }, INTEGER 7; both sequences of indefinite length.
  const Bytes bytes = {0x30, 0x80, 0x30, 0x80, 2, 1, 5, 0, 0, 2, 1, 6, 0, 0, 2, 1, 7};
  BerReader reader(bytes);
  const auto outer = reader.expect(kSequence, "outer");
  ASSERT_TRUE(outer);
  BerReader inner(*outer);
  const auto innermost = inner.expect(kSequence, "inner");
  ASSERT_TRUE(innermost);
  EXPECT_EQ(to_hex(*innermost), "020105");
  EXPECT_EQ(inner.integer(kInteger, "second", 0, 9), 6);
  EXPECT_TRUE(inner.at_end());
  EXPECT_EQ(reader.integer(kInteger, "third", 0, 9), 7);
  EXPECT_TRUE(reader.at_end());
}

ErrorKind kind_of(const Bytes& bytes) {
  BerReader reader(bytes);
  const auto element = reader.next();
  return element ? ErrorKind::cancelled : element.error().kind;
}

TEST(BerReader, TrustsNoLength) {
  EXPECT_EQ(kind_of({}), ErrorKind::corrupt);
  EXPECT_EQ(kind_of({0x30}), ErrorKind::corrupt);
  EXPECT_EQ(kind_of({0x30, 0x05, 0x02}), ErrorKind::corrupt);
  EXPECT_EQ(kind_of({0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF}), ErrorKind::corrupt);
  EXPECT_EQ(kind_of({0x04, 0x88, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}), ErrorKind::corrupt);
  EXPECT_EQ(kind_of({0x04, 0xFF, 0x01}), ErrorKind::corrupt);
  EXPECT_EQ(kind_of({0x04, 0x80, 0x00, 0x00}), ErrorKind::corrupt);  // a string without length
  EXPECT_EQ(kind_of({0x30, 0x80, 0x02, 0x01, 0x05}), ErrorKind::corrupt);
  EXPECT_EQ(kind_of({0xBF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0x00}), ErrorKind::corrupt);
}

TEST(BerReader, RefusesNestingWithoutEnd) {
  Bytes bytes;
  for (int i = 0; i < 100'000; ++i) bytes.insert(bytes.end(), {0x30, 0x80});
  EXPECT_EQ(kind_of(bytes), ErrorKind::corrupt);
}

TEST(BerReader, SaysWhatItExpected) {
  const Bytes bytes = {0x02, 0x01, 0x05};
  BerReader reader(bytes);
  const auto text = reader.text(kVisibleString, "the initiator's name", 16);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message, "the initiator's name was expected as universal 26, found universal 2");
  BerReader again(bytes);
  const auto number = again.integer(kInteger, "the version", 1, 4);
  ASSERT_FALSE(number);
  EXPECT_EQ(number.error().message, "the version is 5, expected 1 to 4");
}

TEST(BerReader, TellsStringsInPiecesFromWhatIsWrong) {
  const Bytes bytes = {0x24, 0x03, 0x04, 0x01, 0x05};
  BerReader reader(bytes);
  const auto octets = reader.octets(kOctetString, "a frame", 1, 10);
  ASSERT_FALSE(octets);
  EXPECT_EQ(octets.error().kind, ErrorKind::unsupported);
}

}  // namespace
}  // namespace dl::link::sle
