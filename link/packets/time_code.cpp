#include "link/packets/time_code.h"

#include <algorithm>

#include "link/packets/leap_seconds.h"

namespace dl::link {
namespace {

constexpr std::size_t kMillisecondBytes = 4;

std::uint64_t read_big_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const Byte byte : bytes) value = (value << 8U) | byte;
  return value;
}

// The time of day on the day before, of or after `reference`, whichever is nearest.
UtcTime nearest_day(Microseconds time_of_day, UtcTime reference) {
  constexpr std::chrono::hours kHalfDay{12};
  const UtcTime today = std::chrono::floor<std::chrono::days>(reference) + time_of_day;
  if (today - reference > kHalfDay) return today - std::chrono::days{1};
  if (reference - today > kHalfDay) return today + std::chrono::days{1};
  return today;
}

std::optional<UtcTime> read_cds_time(ByteView bytes, const PacketTime& format, UtcTime reference) {
  const auto code = read_cds(bytes, format.cds_day_bytes, format.cds_submillisecond_bytes);
  if (!code) return std::nullopt;
  const Microseconds time_of_day = code->of_day + Seconds{format.utc_offset_s};
  if (!format.day_is_valid) return nearest_day(time_of_day, reference);
  return UtcTime{std::chrono::days{format.epoch_days_from_1970} + std::chrono::days{code->day}} + time_of_day;
}

std::optional<UtcTime> read_cuc_time(ByteView bytes, const PacketTime& format) {
  const auto elapsed = read_cuc(bytes, format.cuc_coarse_bytes, format.cuc_fine_bytes);
  if (!elapsed) return std::nullopt;
  const UtcTime epoch{std::chrono::days{format.epoch_days_from_1970}};
  const UtcTime time = format.cuc_counts_leap_seconds ? after_epoch(epoch, *elapsed) : epoch + *elapsed;
  return time + Seconds{format.utc_offset_s};
}

}  // namespace

std::optional<CdsTime> read_cds(ByteView bytes, unsigned day_bytes, unsigned submillisecond_bytes) {
  constexpr std::uint32_t kMillisecondsPerDay = 86'400'000;
  if (bytes.size() < day_bytes + kMillisecondBytes + submillisecond_bytes) return std::nullopt;
  const std::uint32_t milliseconds = read_u32(bytes, day_bytes);
  const ByteView finer = bytes.subspan(day_bytes + kMillisecondBytes, submillisecond_bytes);
  // Two bytes are microseconds, four are picoseconds; either way of the millisecond.
  const std::uint64_t microseconds = read_big_endian(finer) / (submillisecond_bytes == 4 ? 1'000'000 : 1);
  if (milliseconds >= kMillisecondsPerDay + 1000 || microseconds >= 1000) return std::nullopt;
  return CdsTime{static_cast<std::uint32_t>(read_big_endian(bytes.first(day_bytes))),
                 Milliseconds{milliseconds} + Microseconds{microseconds}};
}

std::optional<Microseconds> read_cuc(ByteView bytes, unsigned coarse_bytes, unsigned fine_bytes) {
  constexpr std::uint64_t kLongestSeconds = 100'000ULL * 365 * 86'400;
  constexpr std::size_t kFineBytesUsed = 5;  // 2^-40 s; more would not change the microseconds
  if (bytes.size() < coarse_bytes + fine_bytes) return std::nullopt;
  const std::uint64_t seconds = read_big_endian(bytes.first(coarse_bytes));
  if (seconds > kLongestSeconds) return std::nullopt;
  const ByteView fine = bytes.subspan(coarse_bytes, std::min<std::size_t>(fine_bytes, kFineBytesUsed));
  const std::uint64_t microseconds = (read_big_endian(fine) * 1'000'000) >> (8 * fine.size());
  return Seconds{seconds} + Microseconds{microseconds};
}

std::size_t time_code_size(const PacketTime& format) {
  if (format.code == TimeCode::cuc) return format.cuc_coarse_bytes + format.cuc_fine_bytes;
  return format.cds_day_bytes + kMillisecondBytes + format.cds_submillisecond_bytes;
}

std::optional<UtcTime> read_time(ByteView bytes, const PacketTime& format, UtcTime reference) {
  if (format.code == TimeCode::cuc) return read_cuc_time(bytes, format);
  return read_cds_time(bytes, format, reference);
}

}  // namespace dl::link
