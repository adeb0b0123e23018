#include "decoders/slot_assembler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calibrate/calibrated_granule.h"

namespace dl::decoders {
namespace {

using testing::ElementsAre;

constexpr Seconds kSlot{180};
const UtcTime kStart = *parse_utc("2026-05-12T09:00:00Z");

// Lines of 8/3 s in two parts.
class SlotAssemblerTest : public testing::Test {
 protected:
  void push(UtcTime time, std::size_t part = 0, Byte content = 1) {
    LineArrival arrival;
    arrival.time = time;
    arrival.part = part;
    arrival.data = {content};
    arrival.packet = {content, content};
    assembler.count_packet(2);
    ASSERT_TRUE(assembler.push(std::move(arrival), close));
  }
  static UtcTime line_time(std::int64_t line) { return kStart + Microseconds(line * 8'000'000 / 3); }
  void expect_balance() const {
    for (const LossLedger* ledger : {&assembler.packets(), &assembler.lines()}) {
      EXPECT_TRUE(ledger->balanced());
      EXPECT_EQ(ledger->units_in, ledger->units_out + ledger->all_dropped().units);
    }
  }

  SlotAssembler assembler{{8'000'000, 3}, kSlot, 2};
  std::vector<LineSlot> slots;
  SlotAssembler::Close close = [this](const LineSlot& slot) -> Result<void> {
    slots.push_back(slot);
    return {};
  };
};

TEST_F(SlotAssemblerTest, APassIsCutAtUtcSlotsAndLosesNothing) {
  for (std::int64_t line = 30; line < 200; ++line) {
    push(line_time(line), 0);
    push(line_time(line), 1);
  }
  ASSERT_TRUE(assembler.flush(close));
  ASSERT_EQ(slots.size(), 3u);
  // A slot holds 67.5 lines.
  EXPECT_EQ(slots[0].lines.size(), 68u - 30);
  EXPECT_EQ(slots[1].lines.size(), 67u);
  EXPECT_EQ(slots[2].lines.size(), 65u);
  EXPECT_EQ(slots[1].start, kStart + kSlot);
  EXPECT_EQ(slots[1].packets, 2 * 67u);
  for (const LineSlot& slot : slots) {
    for (const SlotLine& line : slot.lines) EXPECT_EQ(line.flags, 0u);
  }
  EXPECT_EQ(assembler.lines().units_out, 170u);
  EXPECT_EQ(assembler.packets().units_out, 340u);
  expect_balance();
}

TEST_F(SlotAssemblerTest, APartThatDidNotComeAndALineThatDidNotCome) {
  push(line_time(0), 0);
  push(line_time(0), 1);
  push(line_time(1), 1);
  push(line_time(3), 0);
  push(line_time(3), 1);
  ASSERT_TRUE(assembler.flush(close));
  ASSERT_EQ(slots.size(), 1u);
  const auto& lines = slots[0].lines;
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0].flags, 0u);
  EXPECT_EQ(lines[1].flags, calibrate::kLinePartial);
  EXPECT_TRUE(lines[1].parts[0].empty());
  EXPECT_TRUE(lines[1].received());
  EXPECT_EQ(lines[2].flags, calibrate::kLineMissing | calibrate::kLineTimeInterpolated);
  EXPECT_EQ(lines[2].time, line_time(2));
  EXPECT_FALSE(lines[2].received());
  EXPECT_EQ(assembler.lines().dropped(DropReason::missing_line).units, 1u);
  expect_balance();
}

TEST_F(SlotAssemblerTest, TwiceLateAndOddTimesAreDroppedAndCounted) {
  push(line_time(0));
  push(line_time(1));
  push(line_time(1));                   // twice
  push(line_time(2) + Seconds(86400));  // odd: contradicted by the next
  push(line_time(2));
  push(line_time(70));
  push(line_time(66));  // its slot was handed over
  ASSERT_TRUE(assembler.flush(close));
  EXPECT_EQ(assembler.packets().dropped(DropReason::duplicate_packet).units, 1u);
  EXPECT_EQ(assembler.packets().dropped(DropReason::packet_time).units, 1u);
  EXPECT_EQ(assembler.packets().dropped(DropReason::late_packet).units, 1u);
  expect_balance();
}

TEST_F(SlotAssemblerTest, ALineOfASlotThatWasHandedOverIsLate) {
  for (const std::int64_t line : {60, 61, 67, 68, 66, 69}) push(line_time(line));
  ASSERT_TRUE(assembler.flush(close));
  ASSERT_EQ(slots.size(), 2u);
  EXPECT_EQ(assembler.packets().dropped(DropReason::late_packet).units, 1u);
  EXPECT_EQ(assembler.lines().dropped(DropReason::late_packet).units, 1u);
  // Within the pass a slot reaches to its ends: lines 62 to 66 are missing.
  EXPECT_EQ(slots[0].lines.size(), 8u);
  expect_balance();
}

TEST_F(SlotAssemblerTest, SilenceInsideAPassIsCountedAndTheEndOfAPassIsNot) {
  push(line_time(0));
  push(line_time(1));
  push(line_time(151));
  push(line_time(152));
  push(line_time(1000));
  push(line_time(1001));
  ASSERT_TRUE(assembler.flush(close));
  EXPECT_EQ(slots.size(), 3u);
  EXPECT_EQ(assembler.lines().dropped(DropReason::missing_line).units, 149u);
  EXPECT_NE(slots[1].lines[0].flags & calibrate::kLineTimeJump, 0u);
  expect_balance();
}

TEST_F(SlotAssemblerTest, TimesThatJitterStayOnTheGrid) {
  for (std::int64_t line = 0; line < 40; ++line) push(line_time(line) + Milliseconds(line % 3 * 500));
  ASSERT_TRUE(assembler.flush(close));
  ASSERT_EQ(slots.size(), 1u);
  EXPECT_EQ(slots[0].lines.size(), 40u);
  EXPECT_EQ(assembler.packets().units_out, 40u);
}

TEST_F(SlotAssemblerTest, ASinglePacketIsAPass) {
  push(line_time(5));
  ASSERT_TRUE(assembler.flush(close));
  ASSERT_EQ(slots.size(), 1u);
  EXPECT_EQ(slots[0].lines.size(), 1u);
  ASSERT_TRUE(assembler.flush(close));
  EXPECT_EQ(slots.size(), 1u);
}

TEST_F(SlotAssemblerTest, WhatTheCloseFailsWithIsTheFailure) {
  push(line_time(0));
  push(line_time(1));
  close = [](const LineSlot&) -> Result<void> { return fail(ErrorKind::io, "full"); };
  const auto flushed = assembler.flush(close);
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().message, "full");
}

}  // namespace
}  // namespace dl::decoders
