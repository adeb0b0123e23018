#include "process/packet_time.h"

namespace dl::process {

namespace {

// The time of day on the day before, of or after `reference`, whichever is nearest.
UtcTime nearest_day(Microseconds time_of_day, UtcTime reference) {
  constexpr std::chrono::hours kHalfDay{12};
  const UtcTime today = std::chrono::floor<std::chrono::days>(reference) + time_of_day;
  if (today - reference > kHalfDay) return today - std::chrono::days{1};
  if (reference - today > kHalfDay) return today + std::chrono::days{1};
  return today;
}

}  // namespace

std::optional<UtcTime> packet_time(const link::Packet& packet, const link::Profile& profile, UtcTime received_at) {
  constexpr std::size_t kCodeBytes = 8;
  constexpr std::uint32_t kMillisecondsPerDay = 86'400'000;
  if (!profile.packet_time || !packet.has_secondary_header) return std::nullopt;
  const ByteView data = packet.data();
  if (data.size() < kCodeBytes) return std::nullopt;
  const std::uint32_t milliseconds = read_u32(data, 2);
  const std::uint16_t microseconds = read_u16(data, 6);
  // A leap second makes the last minute longer: one second more is allowed.
  if (milliseconds >= kMillisecondsPerDay + 1000 || microseconds >= 1000) return std::nullopt;
  const Microseconds time_of_day =
      Milliseconds{milliseconds} + Microseconds{microseconds} + Seconds{profile.packet_time->utc_offset_s};
  if (!profile.packet_time->day_is_valid) return nearest_day(time_of_day, received_at);
  const std::chrono::days day{profile.packet_time->epoch_days_from_1970 + read_u16(data, 0)};
  return UtcTime{day} + time_of_day;
}

}  // namespace dl::process
