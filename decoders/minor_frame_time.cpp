#include "decoders/minor_frame_time.h"

namespace dl::decoders {

UtcTime minor_frame_time(const link::TipPacket& packet, UtcTime reference) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(reference));
  const Milliseconds of_day = Milliseconds(packet.millisecond_of_day) + packet.place * kTipFramePeriod;
  UtcTime nearest{};
  for (const int step : {-1, 0, 1}) {
    const std::chrono::sys_days new_year{(date.year() + std::chrono::years(step)) / 1 / 1};
    const UtcTime time = new_year + std::chrono::days(packet.day_of_year - 1) + of_day;
    if (step == -1 || std::chrono::abs(time - reference) < std::chrono::abs(nearest - reference)) nearest = time;
  }
  return nearest;
}

}  // namespace dl::decoders
