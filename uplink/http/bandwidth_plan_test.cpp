#include "uplink/http/bandwidth_plan.h"

#include <gtest/gtest.h>

namespace dl::uplink {
namespace {

UtcTime at(const char* text) {
  return parse_utc(text).value();
}

RateLimit rate(const char* text) {
  return parse_rate(text).value();
}

BandwidthPlan plan_of(const std::vector<std::string>& entries) {
  BandwidthPlan plan;
  plan.timetable = parse_timetable(entries).value();
  return plan;
}

TEST(Rate, HasANumberAndAUnit) {
  EXPECT_EQ(rate("512kbit/s"), 64'000U);
  EXPECT_EQ(rate("20Mbit/s"), 2'500'000U);
  EXPECT_EQ(rate("1.5 Mbit/s"), 187'500U);
  EXPECT_EQ(rate("64 KiB/s"), 65'536U);
  EXPECT_EQ(rate("200kB/s"), 200'000U);
  EXPECT_EQ(rate("1GiB/s"), 1'073'741'824U);
  EXPECT_EQ(rate("8bit/s"), 1U);
  EXPECT_EQ(rate("off"), std::nullopt);
  EXPECT_EQ(rate("pause"), 0U);
  EXPECT_EQ(rate("0"), 0U);
  EXPECT_EQ(rate("0Mbit/s"), 0U);
}

TEST(Rate, WithoutAUnitOrWithAnotherIsRefusedWithItsText) {
  for (const char* text : {"", "20", "20mbit/s", "20Mb/s", "20Mbit", "-1Mbit/s", "1e3kbit/s", "Mbit/s", "1..5Mbit/s",
                           "nan", "99999Gbit/s", "1bit/s", "20Mbit/s x"}) {
    const auto parsed = parse_rate(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::config);
    EXPECT_NE(parsed.error().message.find("'" + std::string(text) + "'"), std::string::npos) << text;
  }
}

TEST(Rate, IsWrittenAsItCanBeRead) {
  for (const char* text : {"off", "pause", "20 Mbit/s", "1.5 Mbit/s", "64 kbit/s", "524.288 kbit/s", "8 bit/s"}) {
    EXPECT_EQ(format_rate(rate(text)), text);
  }
}

TEST(Timetable, LastEntryBeforeNowHoldsAlsoOverTheEndOfTheWeek) {
  const auto plan = plan_of({"Mon-Fri 08:00 2Mbit/s", "Mon-Fri 18:00 20Mbit/s", "Sat 00:00 off"});
  // 2026-05-11 is a Monday.
  const auto limit = [&](const char* time) { return decide(plan, at(time), false).limit; };
  EXPECT_EQ(limit("2026-05-11T07:59:59.999Z"), std::nullopt);  // still Saturday's
  EXPECT_EQ(limit("2026-05-11T08:00:00Z"), rate("2Mbit/s"));
  EXPECT_EQ(limit("2026-05-11T18:00:00Z"), rate("20Mbit/s"));
  EXPECT_EQ(limit("2026-05-12T03:00:00Z"), rate("20Mbit/s"));
  EXPECT_EQ(limit("2026-05-15T23:59:59Z"), rate("20Mbit/s"));
  EXPECT_EQ(limit("2026-05-16T00:00:00Z"), std::nullopt);
  EXPECT_EQ(limit("2026-05-17T23:59:59Z"), std::nullopt);
  EXPECT_EQ(decide(plan, at("2026-05-12T09:00:00Z"), false).reason, "timetable entry 'Mon-Fri 08:00 2Mbit/s'");
}

TEST(Timetable, NextChangeIsTheNextEntryThatChangesSomething) {
  const auto plan = plan_of({"Mon-Fri 08:00 2Mbit/s", "Mon-Fri 18:00 20Mbit/s", "Sat 00:00 off", "Sun 00:00 off"});
  const auto next = [&](const char* time) { return decide(plan, at(time), false).next_change; };
  EXPECT_EQ(next("2026-05-11T08:00:00Z"), at("2026-05-11T18:00:00Z"));
  EXPECT_EQ(next("2026-05-15T19:00:00Z"), at("2026-05-16T00:00:00Z"));
  EXPECT_EQ(next("2026-05-16T12:00:00Z"), at("2026-05-18T08:00:00Z"));
  EXPECT_EQ(next("2026-05-17T12:00:00Z"), at("2026-05-18T08:00:00Z"));
  EXPECT_EQ(decide(plan_of({"08:00 2Mbit/s"}), at("2026-05-17T12:00:00Z"), false).next_change, std::nullopt);
  // Asked again at the time that it named, the answer is another one.
  UtcTime now = at("2026-05-11T00:00:00Z");
  for (int i = 0; i < 20; ++i) {
    const auto before = decide(plan, now, false);
    ASSERT_TRUE(before.next_change);
    EXPECT_EQ(decide(plan, *before.next_change - Microseconds{1}, false).limit, before.limit);
    EXPECT_NE(decide(plan, *before.next_change, false).limit, before.limit);
    now = *before.next_change;
  }
}

TEST(Timetable, DaysAreListsAndRangesAlsoOverTheWeekend) {
  EXPECT_EQ(parse_timetable({"08:00 off"})->size(), 7U);
  EXPECT_EQ(parse_timetable({"Sat,Sun 08:00 off"})->size(), 2U);
  EXPECT_EQ(parse_timetable({"Fri-Mon 08:00 off"})->size(), 4U);
  EXPECT_EQ(parse_timetable({"Mon-Wed,Fri 08:00 off"})->size(), 4U);
  EXPECT_EQ(parse_timetable({"Sun 00:00 64 KiB/s"})->front().minute, 6U * 24 * 60);
  EXPECT_TRUE(parse_timetable({})->empty());
}

TEST(Timetable, MalformedEntryIsNamed) {
  for (const char* text : {"", "Mon", "Mon 8:00 off", "Mon 24:00 off", "Mon 08:60 off", "Montag 08:00 off",
                           "Mon-Fry 08:00 off", "Mon 08:00", "Mon 08:00 fast", "08:00 Mon off", "Mon, 08:00 off"}) {
    const auto parsed = parse_timetable({"Sun 08:00 off", text});
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::config);
    EXPECT_NE(parsed.error().message.find("'" + std::string(text) + "'"), std::string::npos) << parsed.error().message;
  }
}

TEST(Timetable, TwoEntriesForOneMinuteAreAMistake) {
  const auto parsed = parse_timetable({"Mon-Fri 08:00 2Mbit/s", "Wed 08:00 off"});
  ASSERT_FALSE(parsed);
  EXPECT_NE(parsed.error().message.find("'Wed 08:00 off'"), std::string::npos);
  EXPECT_NE(parsed.error().message.find("'Mon-Fri 08:00 2Mbit/s'"), std::string::npos);
}

TEST(BandwidthPlan, WithoutAnythingIsWithoutALimit) {
  const auto decision = decide({}, at("2026-05-12T12:00:00Z"), true);
  EXPECT_EQ(decision.limit, std::nullopt);
  EXPECT_EQ(decision.next_change, std::nullopt);
}

TEST(BandwidthPlan, OperatorsWordHoldsInsteadOfTheTimetableUntilItEnds) {
  auto plan = plan_of({"Mon 00:00 2Mbit/s"});
  plan.overridden = {rate("off"), at("2026-05-12T13:00:00Z")};
  const auto during = decide(plan, at("2026-05-12T12:00:00Z"), false);
  EXPECT_EQ(during.limit, std::nullopt);
  EXPECT_EQ(during.next_change, at("2026-05-12T13:00:00Z"));
  EXPECT_EQ(during.reason, "set by the operator until 2026-05-12T13:00:00Z");
  EXPECT_EQ(decide(plan, at("2026-05-12T13:00:00Z"), false).limit, rate("2Mbit/s"));
  plan.overridden = {rate("pause"), std::nullopt};
  EXPECT_EQ(decide(plan, at("2030-01-01T00:00:00Z"), false).limit, 0U);
}

TEST(BandwidthPlan, PassOnlyEverLowersTheLimit) {
  auto plan = plan_of({"Mon 00:00 2Mbit/s"});
  const UtcTime now = at("2026-05-12T12:00:00Z");
  plan.during_pass = rate("pause");
  EXPECT_EQ(decide(plan, now, true).limit, 0U);
  EXPECT_EQ(decide(plan, now, true).reason, "a pass is being received");
  EXPECT_EQ(decide(plan, now, false).limit, rate("2Mbit/s"));
  plan.during_pass = rate("10Mbit/s");
  EXPECT_EQ(decide(plan, now, true).limit, rate("2Mbit/s"));
  plan.during_pass = rate("1Mbit/s");
  plan.overridden = {rate("off"), std::nullopt};
  EXPECT_EQ(decide(plan, now, true).limit, rate("1Mbit/s"));
}

}  // namespace
}  // namespace dl::uplink
