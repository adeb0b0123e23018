// Leap seconds against an implementation by others (ERFA, the library of the IAU's standards of fundamental astronomy).
#include "link/packets/leap_seconds.h"

#include <erfa.h>
#include <gtest/gtest.h>

namespace dl::link {
namespace {

TEST(LeapSeconds, EveryDaySince1972IsAsErfaSays) {
  for (std::chrono::sys_days day{std::chrono::year{1972} / 1 / 1}; day < std::chrono::year{2026} / 1 / 1;
       day += std::chrono::days{1}) {
    const std::chrono::year_month_day date{day};
    double seconds = 0;
    ASSERT_GE(eraDat(static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
                     static_cast<int>(static_cast<unsigned>(date.day())), 0.0, &seconds),
              0);
    ASSERT_EQ(static_cast<double>(tai_minus_utc(UtcTime{day}).count()), seconds) << format_utc(UtcTime{day});
  }
}

}  // namespace
}  // namespace dl::link
