#include "core/time.h"

#include <gtest/gtest.h>

namespace dl {
namespace {

TEST(Time, ReadsWhatItWrites) {
  for (const char* text : {"2026-05-12T12:00:00Z", "1969-12-31T23:59:59.500Z", "2016-02-10T16:13:34.924259Z"}) {
    EXPECT_EQ(format_utc(parse_utc(text).value()), text);
  }
  EXPECT_EQ(format_utc(parse_utc("2026-05-12").value()), "2026-05-12T00:00:00Z");
  EXPECT_EQ(format_utc_compact(parse_utc("2026-05-12T11:59:59.999999Z").value()), "20260512T115959Z");
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* text : {"", "2026-13-01", "2026-02-30T00:00:00Z", "2026-05-12T24:00:00Z", "2026-05-12T12:00:00",
                           "2026-05-12T12:00:00.Z", "2026-05-12T12:00:00.1234567Z", "2026-05-12T12:00:00Zx",
                           "-026-05-12", "2026-05-12T12:00:00+01:00"}) {
    EXPECT_FALSE(parse_utc(text)) << text;
  }
}

TEST(Time, SlotsAreCutOnTheUtcGridAlsoBefore1970) {
  EXPECT_EQ(format_utc(floor_to(parse_utc("2026-05-12T11:59:59.9Z").value(), Seconds{180})), "2026-05-12T11:57:00Z");
  EXPECT_EQ(format_utc(floor_to(parse_utc("2026-05-12T12:00:00Z").value(), Seconds{180})), "2026-05-12T12:00:00Z");
  EXPECT_EQ(format_utc(floor_to(parse_utc("1969-12-31T23:59:59Z").value(), Seconds{180})), "1969-12-31T23:57:00Z");
}

}  // namespace
}  // namespace dl
