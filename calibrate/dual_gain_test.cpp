#include "calibrate/dual_gain.h"

#include <gtest/gtest.h>

namespace dl::calibrate {
namespace {

// MetOp-B channel 1 of the bulletin of May 2026.
constexpr DualGain kGain{{0.05818, -2.291}, {0.1724, -59.46}, 500.62};

TEST(DualGain, TheLineChangesAtTheCut) {
  EXPECT_DOUBLE_EQ(kGain.at(500), 0.05818 * 500 - 2.291);
  EXPECT_DOUBLE_EQ(kGain.at(501), 0.1724 * 501 - 59.46);
}

TEST(DualGain, TheLinesOfABulletinCrossAtItsCut) {
  EXPECT_NEAR(kGain.crossing(), kGain.cut_count, 0.6);
}

TEST(DualGain, CountUndoesValueOnBothLines) {
  for (int count = 0; count < 1024; ++count) EXPECT_NEAR(kGain.count_of(kGain.at(count)), count, 0.6) << count;
  EXPECT_NEAR(kGain.count_of(kGain.at(300)), 300, 1e-9);
  EXPECT_NEAR(kGain.count_of(kGain.at(800)), 800, 1e-9);
}

}  // namespace
}  // namespace dl::calibrate
