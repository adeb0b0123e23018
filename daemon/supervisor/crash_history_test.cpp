#include "daemon/supervisor/crash_history.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "core/file.h"

namespace dl::daemon {
namespace {

using Stretches = std::vector<Stretch>;

TEST(CrashHistoryTest, ThirdDeathInABlockQuarantinesTheBlock) {
  CrashHistory history;
  EXPECT_FALSE(history.add(3 * kBlockBytes + 5));
  EXPECT_FALSE(history.add(3 * kBlockBytes + 700));
  EXPECT_EQ(history.add(3 * kBlockBytes), (Stretch{3 * kBlockBytes, kBlockBytes}));
  EXPECT_EQ(history.quarantined(), (Stretches{{3 * kBlockBytes, kBlockBytes}}));
}

TEST(CrashHistoryTest, DeathsAtDifferentPlacesQuarantineNothing) {
  CrashHistory history;
  for (std::uint64_t block = 0; block < 20; ++block) {
    EXPECT_FALSE(history.add(block * kBlockBytes));
    EXPECT_FALSE(history.add(block * kBlockBytes));
  }
  EXPECT_TRUE(history.quarantined().empty());
}

TEST(CrashHistoryTest, KillsFromOutsideNeedTenInABlockToQuarantineIt) {
  CrashHistory history;
  for (unsigned i = 1; i < kKillsToQuarantine; ++i) EXPECT_FALSE(history.add(5, Death::killed_from_outside)) << i;
  EXPECT_FALSE(history.add(5)) << "a crash is the first of its kind";
  EXPECT_EQ(history.add(5, Death::killed_from_outside), (Stretch{0, kBlockBytes}));
}

TEST(CrashHistoryTest, StretchGrowsWhenItsNeighbourhoodGoesOnKilling) {
  CrashHistory history({{4 * kBlockBytes, kBlockBytes}});
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(history.add(5 * kBlockBytes));
  const auto grown = history.add(5 * kBlockBytes);
  ASSERT_TRUE(grown);
  EXPECT_LT(grown->offset, 4 * kBlockBytes);
  EXPECT_EQ(grown->offset + grown->size, 6 * kBlockBytes);
  EXPECT_EQ(history.quarantined(), Stretches{*grown});
}

TEST(CrashHistoryTest, EvenAPassThatAlwaysKillsIsGivenUpAfterFewDeaths) {
  constexpr std::uint64_t kPassBytes = 4096 * kBlockBytes;
  CrashHistory history;
  unsigned deaths = 0;
  while (!history.covers(kPassBytes) && deaths < 1000) {
    // It dies in the first block that it still looks at.
    std::uint64_t offset = 0;
    for (const Stretch& stretch : history.quarantined()) {
      if (stretch.offset <= offset) offset = stretch.offset + stretch.size;
    }
    history.add(offset);
    ++deaths;
  }
  EXPECT_TRUE(history.covers(kPassBytes));
  EXPECT_LT(deaths, 100U);
}

TEST(CrashHistoryTest, QuarantineOutlivesTheDaemon) {
  std::string folder = (std::filesystem::temp_directory_path() / "dl-quarantine-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  EXPECT_TRUE(read_quarantine(folder).empty());
  const Stretches stretches{{0, kBlockBytes}, {7 * kBlockBytes, 2 * kBlockBytes}};
  ASSERT_TRUE(write_quarantine(folder, stretches));
  EXPECT_EQ(read_quarantine(folder), stretches);
  ASSERT_TRUE(write_file_durably(std::filesystem::path(folder) / "quarantine.json", as_bytes("{broken")));
  EXPECT_TRUE(read_quarantine(folder).empty());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace dl::daemon
