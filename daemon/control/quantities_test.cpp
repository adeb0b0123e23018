#include "daemon/control/quantities.h"

#include <gtest/gtest.h>

namespace dl::control {
namespace {

TEST(HumanSize, HasAboutThreeDigits) {
  EXPECT_EQ(human_size(0), "0 B");
  EXPECT_EQ(human_size(1023), "1023 B");
  EXPECT_EQ(human_size(1024), "1.00 KiB");
  EXPECT_EQ(human_size(15'728'640), "15.0 MiB");
  EXPECT_EQ(human_size((1U << 20) - 1), "1.00 MiB");
  EXPECT_EQ(human_size(std::uint64_t{120} << 30), "120 GiB");
  EXPECT_EQ(human_size(~std::uint64_t{0}), "16777216 TiB");
}

TEST(HumanRate, IsDecimal) {
  EXPECT_EQ(human_rate(0), "0 B/s");
  EXPECT_EQ(human_rate(437'500), "438 kB/s");
  EXPECT_EQ(human_rate(2'340'000), "2.34 MB/s");
  EXPECT_EQ(human_rate(-1), "0 B/s");
}

TEST(HumanDuration, ShowsTheTwoLargestUnits) {
  EXPECT_EQ(human_duration(Milliseconds(350)), "350 ms");
  EXPECT_EQ(human_duration(Seconds(59)), "59 s");
  EXPECT_EQ(human_duration(Seconds(200)), "3 min 20 s");
  EXPECT_EQ(human_duration(Seconds(7380)), "2 h 3 min");
  EXPECT_EQ(human_duration(Seconds(4 * 86'400 + 7200)), "4 d 2 h");
  EXPECT_EQ(human_duration(Seconds(-5)), "0 ms");
}

TEST(HumanAge, KnowsPastAndFuture) {
  const UtcTime now{Seconds(1'000'000)};
  EXPECT_EQ(human_age(now, now - Seconds(12)), "12 s ago");
  EXPECT_EQ(human_age(now, now + Seconds(200)), "in 3 min 20 s");
  EXPECT_EQ(human_age(now, now - Milliseconds(400)), "now");
}

}  // namespace
}  // namespace dl::control
