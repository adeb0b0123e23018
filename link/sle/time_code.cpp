#include "link/sle/time_code.h"

#include <cassert>

#include <fmt/format.h>

namespace dl::link::sle {
namespace {

constexpr std::chrono::sys_days kEpoch = std::chrono::year{1958} / 1 / 1;
constexpr std::uint32_t kMillisecondsOfLongestDay = 86'401'000;

}  // namespace

std::array<Byte, kTimeBytes> encode_time(UtcTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const auto days = (day - kEpoch).count();
  assert(days >= 0 && days <= 0xFFFF);
  const auto of_day_us = (time - day).count();
  const auto of_day_ms = static_cast<std::uint32_t>(of_day_us / 1000);
  const auto of_ms_us = static_cast<std::uint32_t>(of_day_us % 1000);
  return {static_cast<Byte>(days >> 8),       static_cast<Byte>(days),           static_cast<Byte>(of_day_ms >> 24),
          static_cast<Byte>(of_day_ms >> 16), static_cast<Byte>(of_day_ms >> 8), static_cast<Byte>(of_day_ms),
          static_cast<Byte>(of_ms_us >> 8),   static_cast<Byte>(of_ms_us)};
}

Result<UtcTime> decode_time(ByteView bytes) {
  if (bytes.size() != kTimeBytes && bytes.size() != kPicosecondTimeBytes) {
    return fail(ErrorKind::corrupt, fmt::format("a time has {} bytes, expected 8 or 10", bytes.size()));
  }
  const std::uint32_t of_day_ms = read_u32(bytes, 2);
  const std::uint32_t of_ms_us = bytes.size() == kTimeBytes ? read_u16(bytes, 6) : read_u32(bytes, 6) / 1'000'000;
  if (of_day_ms >= kMillisecondsOfLongestDay || of_ms_us >= 1000) {
    return fail(ErrorKind::corrupt,
                fmt::format("a time has {} milliseconds of its day and {} microseconds of that", of_day_ms, of_ms_us));
  }
  return UtcTime(kEpoch) + std::chrono::days(read_u16(bytes, 0)) + Milliseconds(of_day_ms) + Microseconds(of_ms_us);
}

}  // namespace dl::link::sle
