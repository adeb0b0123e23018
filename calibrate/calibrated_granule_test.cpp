#include "calibrate/calibrated_granule.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dl::calibrate {
namespace {

using testing::ElementsAre;

TEST(LineFlags, NamesStandInBitOrder) {
  EXPECT_THAT(line_flag_names(kLineUncalibrated | kLineMissing | kLineChannel3B),
              ElementsAre("missing", "channel3=B", "uncalibrated"));
  EXPECT_TRUE(line_flag_names(0).empty());
}

TEST(LineFlags, EveryFlagHasANameOfItsOwn) {
  auto names = line_flag_names(0xFFFFFFFF);
  EXPECT_EQ(names.size(), 17u);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace
}  // namespace dl::calibrate
