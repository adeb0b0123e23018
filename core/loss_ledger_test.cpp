#include "core/loss_ledger.h"

#include <set>
#include <string_view>

#include <gtest/gtest.h>

namespace dl {
namespace {

TEST(LossLedger, BalancesWhenEveryByteIsBooked) {
  LossLedger ledger;
  ledger.bytes_in = 100;
  ledger.bytes_out = 60;
  ledger.drop(DropReason::overhead, 0, 30);
  EXPECT_FALSE(ledger.balanced());
  ledger.drop(DropReason::no_sync, 1, 10);
  EXPECT_TRUE(ledger.balanced());
}

TEST(LossLedger, OverheadAndIdleAreNotLoss) {
  LossLedger ledger;
  ledger.drop(DropReason::overhead, 1, 4);
  ledger.drop(DropReason::idle, 2, 7);
  EXPECT_EQ(ledger.lost().bytes, 0U);
  ledger.drop(DropReason::rs_uncorrectable, 1, 1020);
  EXPECT_EQ(ledger.lost().bytes, 1020U);
  EXPECT_EQ(ledger.all_dropped().units, 4U);
}

TEST(LossLedger, MergesReasonByReason) {
  LossLedger a, b;
  a.drop(DropReason::slip, 1, 5);
  b.drop(DropReason::slip, 2, 6);
  b.units_in = 9;
  a.merge(b);
  EXPECT_EQ(a.dropped(DropReason::slip).units, 3U);
  EXPECT_EQ(a.dropped(DropReason::slip).bytes, 11U);
  EXPECT_EQ(a.units_in, 9U);
}

TEST(DropReason, EveryReasonHasAnOwnNameThatReadsBack) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kDropReasonCount; ++i) {
    const auto reason = static_cast<DropReason>(i);
    EXPECT_TRUE(names.insert(to_string(reason)).second) << to_string(reason);
    EXPECT_EQ(drop_reason_from_string(to_string(reason)), reason);
  }
  EXPECT_EQ(to_string(DropReason::missing_pixels), "missing_pixels");
  EXPECT_FALSE(drop_reason_from_string("nothing"));
}

}  // namespace
}  // namespace dl
