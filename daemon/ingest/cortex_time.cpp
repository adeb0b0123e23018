#include "daemon/ingest/cortex_time.h"

namespace dl::daemon {

std::optional<UtcTime> utc_of(const CortexTimeTag& tag, UtcTime now) {
  using namespace std::chrono;
  constexpr std::uint32_t kSecond = 1'000'000;
  if (tag.microseconds >= kSecond) return std::nullopt;
  const year this_year = year_month_day(floor<days>(now)).year();
  std::optional<UtcTime> nearest;
  for (const year candidate : {this_year - years(1), this_year, this_year + years(1)}) {
    const UtcTime time = sys_days(candidate / January / 1) + seconds(tag.seconds) + microseconds(tag.microseconds);
    if (!nearest || abs(time - now) < abs(*nearest - now)) nearest = time;
  }
  return abs(*nearest - now) <= kCortexFarthest ? nearest : std::nullopt;
}

}  // namespace dl::daemon
