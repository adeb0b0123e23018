#include "spool/intake_json.h"

#include <gtest/gtest.h>

namespace dl::spool {
namespace {

constexpr IntakeCounters kCounters{.messages = 7, .dropped_by_kernel = 2, .gaps_told = 1};

TEST(IntakeJson, CountersStandInFrontOfTheReportAndAreReadFromIt) {
  const std::string report = with_intake(R"({"balanced":true})", kCounters);
  EXPECT_EQ(report, R"({"intake":{"messages":7,"dropped_by_kernel":2,"gaps_told":1},"balanced":true})");
  EXPECT_EQ(intake_of(report), kCounters);
  EXPECT_EQ(with_intake("{ }", kCounters), "{\"intake\":" + intake_to_json(kCounters) + " }");
}

TEST(IntakeJson, ReportOfAPassWithoutAnyIsUnchanged) {
  EXPECT_EQ(with_intake(R"({"a":1})", {}), R"({"a":1})");
  EXPECT_EQ(with_intake("", kCounters), "");
}

TEST(IntakeJson, WhatIsNoCounterIsNone) {
  for (const char* text :
       {"", "[]", "{}", R"({"intake":3})", R"({"intake":{"messages":-1}})", R"({"intake":{"messages":"7"}})"}) {
    EXPECT_EQ(intake_of(text), IntakeCounters{}) << text;
  }
}

TEST(IntakeJson, EveryCounterGoesThereAndBack) {
  IntakeCounters counters;
  auto* const values = reinterpret_cast<std::uint64_t*>(&counters);
  for (std::size_t i = 0; i < sizeof counters / sizeof *values; ++i) values[i] = i + 1;
  EXPECT_EQ(intake_of("{\"intake\":" + intake_to_json(counters) + "}"), counters);
}

}  // namespace
}  // namespace dl::spool
