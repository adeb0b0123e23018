#include "daemon/ingest/cortex/cortex_time.h"

#include <gtest/gtest.h>

namespace dl::daemon {
namespace {

constexpr std::uint32_t kDay = 86400;
constexpr CortexTimeTag kLastSecond{365 * kDay - 1, 250'000};  // 31 December, 23:59:59.25 of a year of 365 days
constexpr CortexTimeTag kFirstSecond{0, 500'000};

UtcTime at(std::string_view text) {
  return parse_utc(text).value();
}
std::string text_of(const CortexTimeTag& tag, std::string_view now) {
  const auto time = utc_of(tag, at(now));
  return time ? format_utc(*time) : "none";
}

TEST(CortexTime, TagOfAnOrdinaryDayIsInOurYear) {
  // 12 May is day 132 of 2026.
  EXPECT_EQ(text_of({131 * kDay + 3600, 17}, "2026-05-12T01:00:02Z"), "2026-05-12T01:00:00.000017Z");
}

TEST(CortexTime, LastSecondOfTheYearArrivesInTheNextYear) {
  EXPECT_EQ(text_of(kLastSecond, "2027-01-01T00:00:03Z"), "2026-12-31T23:59:59.250Z");
}

TEST(CortexTime, FirstSecondOfTheYearArrivesWhileOurClockIsInTheOldOne) {
  EXPECT_EQ(text_of(kFirstSecond, "2026-12-31T23:59:58Z"), "2027-01-01T00:00:00.500Z");
}

TEST(CortexTime, BothSecondsAreRightOnTheirOwnSideOfNewYear) {
  EXPECT_EQ(text_of(kLastSecond, "2026-12-31T23:59:59Z"), "2026-12-31T23:59:59.250Z");
  EXPECT_EQ(text_of(kFirstSecond, "2027-01-01T00:00:01Z"), "2027-01-01T00:00:00.500Z");
}

TEST(CortexTime, ClockThatIsHoursWrongMovesNoTagByAYear) {
  EXPECT_EQ(text_of(kLastSecond, "2027-01-01T11:00:00Z"), "2026-12-31T23:59:59.250Z");
  EXPECT_EQ(text_of(kFirstSecond, "2026-12-31T13:00:00Z"), "2027-01-01T00:00:00.500Z");
}

TEST(CortexTime, LeapYearHasADayMore) {
  const CortexTimeTag last_of_366{366 * kDay - 1, 0};
  EXPECT_EQ(text_of(last_of_366, "2028-12-31T23:59:59Z"), "2028-12-31T23:59:59Z");
  EXPECT_EQ(text_of(last_of_366, "2029-01-01T00:00:01Z"), "2028-12-31T23:59:59Z");
  EXPECT_EQ(text_of(kFirstSecond, "2028-12-31T23:59:59Z"), "2029-01-01T00:00:00.500Z");
  EXPECT_EQ(text_of(kLastSecond, "2028-12-30T23:59:59Z"), "2028-12-30T23:59:59.250Z");
  // 1 March, day 60 or 61.
  EXPECT_EQ(text_of({59 * kDay, 0}, "2027-03-01T00:00:00Z"), "2027-03-01T00:00:00Z");
  EXPECT_EQ(text_of({60 * kDay, 0}, "2028-03-01T00:00:00Z"), "2028-03-01T00:00:00Z");
}

TEST(CortexTime, DemodulatorThatCountsOnBeyondTheYearIsStillUnderstood) {
  EXPECT_EQ(text_of({365 * kDay + 5, 0}, "2027-01-01T00:00:06Z"), "2027-01-01T00:00:05Z");
}

TEST(CortexTime, NonsenseIsNoTime) {
  EXPECT_EQ(text_of({0, 1'000'000}, "2027-01-01T00:00:00Z"), "none");
  EXPECT_EQ(text_of({0xFFFFFFFF, 0}, "2027-01-01T00:00:00Z"), "none");
  EXPECT_EQ(text_of({200 * kDay, 0}, "2026-05-12T00:00:00Z"), "none") << "a tag that is weeks in the future";
  EXPECT_EQ(text_of({600, 0}, "2026-05-12T00:00:00Z"), "none") << "a demodulator that was just switched on";
}

}  // namespace
}  // namespace dl::daemon
