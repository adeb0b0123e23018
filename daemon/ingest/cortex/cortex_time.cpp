#include "daemon/ingest/cortex/cortex_time.h"

namespace dl::daemon {

std::optional<UtcTime> utc_of(const CortexTimeTag& tag, UtcTime now) {
  using std::chrono::days, std::chrono::year, std::chrono::years, std::chrono::January;
  constexpr std::uint32_t kSecond = 1'000'000;
  if (tag.microseconds >= kSecond) return std::nullopt;
  const year this_year = std::chrono::year_month_day(std::chrono::floor<days>(now)).year();
  std::optional<UtcTime> nearest;
  for (const year candidate : {this_year - years(1), this_year, this_year + years(1)}) {
    const UtcTime time =
        std::chrono::sys_days(candidate / January / 1) + Seconds(tag.seconds) + Microseconds(tag.microseconds);
    if (!nearest || std::chrono::abs(time - now) < std::chrono::abs(*nearest - now)) nearest = time;
  }
  return std::chrono::abs(*nearest - now) <= kCortexFarthest ? nearest : std::nullopt;
}

}  // namespace dl::daemon
