#include "core/time.h"

#include <charconv>

#include <fmt/format.h>

namespace dl {
namespace {

struct CivilTime {
  int year;
  unsigned month, day;
  int hour, minute, second, microsecond;
};

CivilTime civil(UtcTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  return {int{date.year()},
          unsigned{date.month()},
          unsigned{date.day()},
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          static_cast<int>(clock.subseconds().count())};
}

// Takes exactly `digits` decimal digits off the front of `text`.
bool take_number(std::string_view& text, std::size_t digits, int& value) {
  if (text.size() < digits) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc{} || end != text.data() + digits || text[0] == '-') return false;
  text.remove_prefix(digits);
  return true;
}

bool take_char(std::string_view& text, std::string_view accepted) {
  if (text.empty() || accepted.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// ".5" is 500000; more than six digits are refused, for we could not keep them.
bool take_fraction(std::string_view& text, int& microseconds) {
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  if (digits == 0 || digits > 6 || !take_number(text, digits, microseconds)) return false;
  for (; digits < 6; ++digits) microseconds *= 10;
  return true;
}

}  // namespace

std::string format_utc(UtcTime time) {
  const CivilTime t = civil(time);
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", t.year, t.month, t.day, t.hour, t.minute, t.second);
  if (t.microsecond % 1000 != 0) {
    text += fmt::format(".{:06}", t.microsecond);
  } else if (t.microsecond != 0) {
    text += fmt::format(".{:03}", t.microsecond / 1000);
  }
  return text + "Z";
}

std::string format_utc_compact(UtcTime time) {
  const CivilTime t = civil(time);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", t.year, t.month, t.day, t.hour, t.minute, t.second);
}

Result<UtcTime> parse_utc(std::string_view text) {
  const auto bad = [text] {
    return fail(ErrorKind::config,
                fmt::format("expected a UTC time such as '2026-05-12T12:00:00Z', found '{}'", text));
  };
  std::string_view rest = text;
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, microsecond = 0;
  if (!take_number(rest, 4, year) || !take_char(rest, "-") || !take_number(rest, 2, month) || !take_char(rest, "-") ||
      !take_number(rest, 2, day)) {
    return bad();
  }
  if (!rest.empty()) {
    if (!take_char(rest, "T ") || !take_number(rest, 2, hour) || !take_char(rest, ":") ||
        !take_number(rest, 2, minute) || !take_char(rest, ":") || !take_number(rest, 2, second)) {
      return bad();
    }
    if (take_char(rest, ".") && !take_fraction(rest, microsecond)) return bad();
    if (rest != "Z" && rest != "+00:00") return bad();
  }
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return bad();
  return UtcTime{std::chrono::sys_days{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         Seconds{second} + Microseconds{microsecond};
}

UtcTime floor_to(UtcTime time, Seconds length) {
  const auto since = time.time_since_epoch();
  auto slots = since / length;
  if (since < slots * Microseconds{length}) --slots;
  return UtcTime{slots * Microseconds{length}};
}

}  // namespace dl
