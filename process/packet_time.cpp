#include "process/packet_time.h"

namespace dl::process {

std::optional<UtcTime> packet_time(const link::Packet& packet, const link::Profile& profile) {
  constexpr std::size_t kCodeBytes = 8;
  constexpr std::uint32_t kMillisecondsPerDay = 86'400'000;
  if (!profile.packet_time || !profile.packet_time->day_is_valid || !packet.has_secondary_header) return std::nullopt;
  const ByteView data = packet.data();
  if (data.size() < kCodeBytes) return std::nullopt;
  const std::uint32_t milliseconds = read_u32(data, 2);
  const std::uint16_t microseconds = read_u16(data, 6);
  // A leap second makes the last minute longer: one second more is allowed.
  if (milliseconds >= kMillisecondsPerDay + 1000 || microseconds >= 1000) return std::nullopt;
  const std::chrono::days day{profile.packet_time->epoch_days_from_1970 + read_u16(data, 0)};
  return UtcTime{day} + Milliseconds{milliseconds} + Microseconds{microseconds} +
         Seconds{profile.packet_time->utc_offset_s};
}

}  // namespace dl::process
