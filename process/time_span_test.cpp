#include "process/time_span.h"

#include <gtest/gtest.h>

namespace dl::process {
namespace {

UtcTime at(const char* text) {
  return parse_utc(text).value();
}

TEST(TimeSpan, ReachesFromTheEarliestToTheLatestThatAgree) {
  TimeSpan span;
  for (const char* time : {"2026-05-12T08:54:02Z", "2026-05-12T08:54:00Z", "2026-05-12T08:56:00Z"}) span.take(at(time));
  EXPECT_EQ(span.start(), at("2026-05-12T08:54:00Z"));
  EXPECT_EQ(span.end(), at("2026-05-12T08:56:00Z"));
}

TEST(TimeSpan, IsNotMovedByAPacketThatTellsNonsense) {
  TimeSpan span;
  for (const char* time : {"2179-05-22T08:54:00Z", "2026-05-12T08:54:00Z", "2026-05-12T08:54:02Z",
                           "2179-05-22T08:54:09Z", "2000-01-01T00:00:00Z"}) {
    span.take(at(time));
  }
  EXPECT_EQ(span.start(), at("2026-05-12T08:54:00Z"));
  EXPECT_EQ(span.end(), at("2026-05-12T08:54:02Z"));
}

TEST(TimeSpan, BelievesASinglePacketAndNeitherOfTwoThatDisagree) {
  TimeSpan span;
  EXPECT_FALSE(span.start());
  span.take(at("2026-05-12T08:54:00Z"));
  EXPECT_EQ(span.end(), at("2026-05-12T08:54:00Z"));
  span.take(at("2030-01-01T00:00:00Z"));
  EXPECT_FALSE(span.start());
}

}  // namespace
}  // namespace dl::process
