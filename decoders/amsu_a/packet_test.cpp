#include "decoders/amsu_a/packet.h"

#include <gtest/gtest.h>

namespace dl::decoders::amsu_a {
namespace {

// Every field at its place of instruments.md 5.5, by bytes that say where they stand.
TEST(AmsuAPacket, FieldsStandWhereTheDocumentSays) {
  for (const Unit& unit : kUnits) {
    Bytes science(unit.science_bytes);
    for (std::size_t i = 0; i < science.size(); ++i) science[i] = static_cast<Byte>(i * 7 + i / 256);
    const auto word = [&](std::size_t at) { return static_cast<std::uint16_t>(science[at] << 8 | science[at + 1]); };
    const UnitScan scan = read_science(unit, science);
    const bool a1 = unit.name == "a1";
    for (std::size_t band = 0; band < (a1 ? 13u : 2u); ++band) {
      for (std::size_t pixel = 0; pixel < 30; ++pixel) {
        EXPECT_EQ(scan.earth[band][pixel], word(a1 ? 16 + 34 * pixel + 2 * band : 12 + 8 * pixel + 2 * band));
      }
      EXPECT_EQ(scan.space[band][0], word((a1 ? 1036 : 252) + 2 * band));
      EXPECT_EQ(scan.space[band][1], word((a1 ? 1062 : 256) + 2 * band));
      EXPECT_EQ(scan.target[band][0], word((a1 ? 1188 : 304) + 2 * band));
      EXPECT_EQ(scan.target[band][1], word((a1 ? 1214 : 308) + 2 * band));
    }
    ASSERT_EQ(scan.thermometers.size(), a1 ? 45u : 19u);
    EXPECT_EQ(scan.thermometers.front(), word(a1 ? 1088 : 260));
    EXPECT_EQ(scan.thermometers.back(), word(a1 ? 1088 + 88 : 260 + 36));
    // What is written is read; both ends of the unit's data are used.
    const UnitScan back = read_science(unit, write_science(unit, scan));
    EXPECT_EQ(back.earth, scan.earth);
    EXPECT_EQ(back.space, scan.space);
    EXPECT_EQ(back.target, scan.target);
    EXPECT_EQ(back.thermometers, scan.thermometers);
  }
}

TEST(AmsuAPacket, FillIsTakenOutWhereverItStands) {
  const Unit& unit = kUnits[1];
  Bytes science(unit.science_bytes);
  for (std::size_t i = 0; i < science.size(); i += 2) science[i + 1] = static_cast<Byte>(i | 2);
  for (const std::size_t every : {1u, 3u, 7u}) {
    Bytes data;
    for (std::size_t i = 0; i < science.size(); i += 2) {
      if (i / 2 % every == 0) append_u16(data, kFillWord);
      append_u16(data, read_u16(science, i));
    }
    append_u16(data, kFillWord);
    append_u16(data, 0x1234);  // behind the unit's data
    EXPECT_EQ(without_fill(unit, data), science) << every;
    data.resize(data.size() / 2);
    EXPECT_FALSE(without_fill(unit, data));
  }
  EXPECT_FALSE(without_fill(unit, {}));
}

}  // namespace
}  // namespace dl::decoders::amsu_a
