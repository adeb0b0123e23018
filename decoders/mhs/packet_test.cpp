#include "decoders/mhs/packet.h"

#include <set>

#include <gtest/gtest.h>

namespace dl::decoders::mhs {
namespace {

// Every field at its place of instruments.md 5.4, by bytes that say where they stand.
TEST(MhsPacket, FieldsStandWhereTheDocumentSays) {
  Bytes science(kScienceBytes);
  for (std::size_t i = 0; i < science.size(); ++i) science[i] = static_cast<Byte>(i * 7 + i / 256);
  science[0] = 0x3B;
  const auto word = [&](std::size_t at) { return static_cast<std::uint16_t>(science[at] << 8 | science[at + 1]); };
  const ScanLine line = read_science(science);
  EXPECT_EQ(line.mode, 3);
  EXPECT_TRUE(line.side_b);
  EXPECT_EQ(line.thermistors[0], science[9]);
  EXPECT_EQ(line.thermistors[23], science[32]);
  for (std::size_t band = 1; band <= 5; ++band) {
    for (std::size_t pixel = 0; pixel < 90; ++pixel) {
      EXPECT_EQ(line.earth[band - 1][pixel], word(49 + 12 * pixel + 2 * band));
    }
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(line.space[band - 1][i], word(49 + 12 * (90 + i) + 2 * band));
      EXPECT_EQ(line.target[band - 1][i], word(49 + 12 * (94 + i) + 2 * band));
    }
  }
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(line.prt[i], word(1225 + 2 * i));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(line.resistors[i], word(1235 + 2 * i));
  science[0] = 0x53;
  EXPECT_EQ(read_science(science).mode, 5);
  EXPECT_FALSE(read_science(science).side_b);
}

TEST(MhsPacket, WhatIsWrittenIsRead) {
  ScanLine line;
  line.side_b = true;
  std::uint16_t next = 1;
  const auto fill = [&](auto& samples) {
    for (auto& band : samples) {
      for (auto& sample : band) sample = next++;
    }
  };
  fill(line.earth);
  fill(line.space);
  fill(line.target);
  for (auto& count : line.prt) count = next++;
  for (auto& count : line.resistors) count = next++;
  for (auto& count : line.thermistors) count = static_cast<std::uint8_t>(next++);
  const ScanLine back = read_science(write_science(line));
  EXPECT_EQ(back.mode, kScanMode);
  EXPECT_EQ(back.side_b, line.side_b);
  EXPECT_EQ(back.earth, line.earth);
  EXPECT_EQ(back.space, line.space);
  EXPECT_EQ(back.target, line.target);
  EXPECT_EQ(back.prt, line.prt);
  EXPECT_EQ(back.resistors, line.resistors);
  EXPECT_EQ(back.thermistors, line.thermistors);
}

}  // namespace
}  // namespace dl::decoders::mhs
