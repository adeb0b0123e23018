#include "calibrate/count_look_up.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace dl::calibrate {
namespace {

struct Sample {
  std::vector<std::uint16_t> table;
  std::vector<CountEntry> entries;
  std::vector<std::uint16_t> counts;
};

Sample sample(std::size_t pixels, std::size_t count_values) {
  std::mt19937 random(static_cast<unsigned>(pixels * 65536 + count_values));
  Sample made;
  for (std::size_t i = 0; i < count_values; ++i) {
    made.entries.push_back({static_cast<std::uint16_t>(random()), static_cast<std::uint8_t>(random())});
    made.table.push_back(made.entries.back().value);
  }
  for (std::size_t i = 0; i < pixels; ++i) made.counts.push_back(static_cast<std::uint16_t>(random() % count_values));
  return made;
}

TEST(CountLookUp, GivesTheTablesEntryOfEveryCountForAnyLength) {
  for (const std::size_t count_values : {1U, 1024U, 4096U, 65536U}) {
    for (std::size_t pixels = 0; pixels < 40; ++pixels) {
      const Sample made = sample(pixels, count_values);
      std::vector<std::uint16_t> values(pixels), same(pixels);
      std::vector<std::uint8_t> quality(pixels);
      look_up(made.counts, made.table, values);
      look_up(made.counts, made.entries, same, quality);
      EXPECT_EQ(values, same);
      for (std::size_t i = 0; i < pixels; ++i) {
        EXPECT_EQ(values[i], made.table[made.counts[i]]);
        EXPECT_EQ(quality[i], made.entries[made.counts[i]].quality);
      }
    }
  }
}

TEST(CountLookUp, WorksInPlace) {
  Sample made = sample(2048, 1024);
  std::vector<std::uint16_t> values(made.counts.size());
  look_up(made.counts, made.table, values);
  look_up(made.counts, made.table, made.counts);
  EXPECT_EQ(made.counts, values);
}

}  // namespace
}  // namespace dl::calibrate
