#include "daemon/control/quantities.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include <fmt/format.h>

namespace dl::control {
namespace {

// Three significant digits, but never fewer than the whole part has.
std::string scaled(double value, double step, const std::array<std::string_view, 5>& units) {
  std::size_t unit = 0;
  // 999.5 would be printed as 1000: it belongs to the next unit.
  while (value >= (step == 1024 ? 1023.5 : 999.5) && unit + 1 < units.size()) {
    value /= step;
    ++unit;
  }
  const int digits = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}", value, digits, units[unit]);
}

}  // namespace

std::string human_size(std::uint64_t size_bytes) {
  return scaled(static_cast<double>(size_bytes), 1024, {"B", "KiB", "MiB", "GiB", "TiB"});
}

std::string human_rate(double bytes_per_s) {
  return scaled(std::max(bytes_per_s, 0.0), 1000, {"B/s", "kB/s", "MB/s", "GB/s", "TB/s"});
}

std::string human_duration(Microseconds duration) {
  using std::chrono::floor;
  const auto ms = std::max<std::int64_t>(0, floor<Milliseconds>(duration).count());
  if (ms < 1000) return fmt::format("{} ms", ms);
  const auto s = ms / 1000;
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {} s", s / 60, s % 60);
  if (s < 86'400) return fmt::format("{} h {} min", s / 3600, s / 60 % 60);
  return fmt::format("{} d {} h", s / 86'400, s / 3600 % 24);
}

std::string human_age(UtcTime now, UtcTime time) {
  constexpr Microseconds kNow = Milliseconds(500);
  if (time > now + kNow) return "in " + human_duration(time - now);
  if (time < now - kNow) return human_duration(now - time) + " ago";
  return "now";
}

}  // namespace dl::control
