#include "uplink/http/bandwidth_plan.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

#include <fmt/format.h>

namespace dl::uplink {
namespace {

constexpr std::uint32_t kMinutesPerDay = 24 * 60;
constexpr std::uint32_t kMinutesPerWeek = 7 * kMinutesPerDay;
constexpr std::array<std::string_view, 7> kDays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

struct Unit {
  std::string_view name;
  double bytes_per_s;
};
constexpr std::array kUnits = {
    Unit{"bit/s", 1.0 / 8}, Unit{"kbit/s", 1e3 / 8},  Unit{"Mbit/s", 1e6 / 8},     Unit{"Gbit/s", 1e9 / 8},
    Unit{"B/s", 1.0},       Unit{"kB/s", 1e3},        Unit{"MB/s", 1e6},           Unit{"GB/s", 1e9},
    Unit{"KiB/s", 1024.0},  Unit{"MiB/s", 1048576.0}, Unit{"GiB/s", 1073741824.0},
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

Failure bad_rate(std::string_view text) {
  return fail(ErrorKind::config, fmt::format("rate '{}': expected a number with its unit, as '20Mbit/s' or '64KiB/s', "
                                             "or 'off' (no limit) or 'pause'",
                                             text));
}

// A decimal number without sign or exponent, and what follows it.
std::optional<std::pair<double, std::string_view>> leading_number(std::string_view text) {
  const std::size_t size = std::min(text.find_first_not_of("0123456789."), text.size());
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + size, value, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + size || size == 0) return std::nullopt;
  return std::pair{value, trimmed(text.substr(size))};
}

// Sets the days of "Mon", "Mon-Fri" or "Sat,Sun" in `days`; false when it is none of these.
bool parse_days(std::string_view text, std::array<bool, 7>& days) {
  while (true) {
    const std::string_view part = text.substr(0, text.find(','));
    const std::string_view from = part.substr(0, part.find('-'));
    const std::string_view to = from.size() == part.size() ? from : part.substr(from.size() + 1);
    const auto first = std::find(kDays.begin(), kDays.end(), from);
    const auto last = std::find(kDays.begin(), kDays.end(), to);
    if (first == kDays.end() || last == kDays.end()) return false;
    for (auto day = static_cast<std::size_t>(first - kDays.begin());; day = (day + 1) % days.size()) {
      days[day] = true;
      if (day == static_cast<std::size_t>(last - kDays.begin())) break;
    }
    if (part.size() == text.size()) return true;
    text.remove_prefix(part.size() + 1);
  }
}

// "08:00" as minutes.
std::optional<std::uint32_t> parse_minute_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  std::uint32_t hour = 0;
  std::uint32_t minute = 0;
  const auto number = [](std::string_view digits, std::uint32_t& value) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc{} && end == digits.data() + digits.size();
  };
  if (!number(text.substr(0, 2), hour) || !number(text.substr(3, 2), minute) || hour > 23 || minute > 59) {
    return std::nullopt;
  }
  return hour * 60 + minute;
}

Failure bad_entry(std::string_view entry, std::string_view why) {
  return fail(ErrorKind::config, fmt::format("bandwidth timetable entry '{}': {}; expected '[days] HH:MM rate' in UTC, "
                                             "as 'Mon-Fri 08:00 2Mbit/s'",
                                             entry, why));
}

// The entries that one line stands for, one of each of its days.
Result<Timetable> parse_entry(const std::string& line) {
  std::string_view rest = trimmed(line);
  const auto next_word = [&rest] {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest = trimmed(rest.substr(word.size()));
    return word;
  };
  std::array<bool, 7> days{};
  std::string_view word = next_word();
  if (word.find(':') == std::string_view::npos) {
    if (!parse_days(word, days)) return bad_entry(line, fmt::format("'{}' names no days", word));
    word = next_word();
  } else {
    days.fill(true);
  }
  const auto minute = parse_minute_of_day(word);
  if (!minute) return bad_entry(line, fmt::format("'{}' is no time of day", word));
  const auto limit = parse_rate(rest);
  if (!limit) return bad_entry(line, limit.error().message);
  Timetable entries;
  for (std::uint32_t day = 0; day < days.size(); ++day) {
    if (days[day]) entries.push_back({day * kMinutesPerDay + *minute, *limit, std::string(trimmed(line))});
  }
  return entries;
}

// Of the week, from Monday 00:00 UTC; 1970-01-01 was a Thursday.
UtcTime start_of_week(UtcTime now) {
  const auto day = std::chrono::floor<std::chrono::days>(now);
  return day - (std::chrono::weekday(day) - std::chrono::Monday);
}

struct Scheduled {
  const TimetableEntry* entry = nullptr;  // nullptr: there is no timetable
  std::optional<UtcTime> next_change;
};

Scheduled scheduled(const Timetable& timetable, UtcTime now) {
  if (timetable.empty()) return {};
  const UtcTime monday = start_of_week(now);
  const auto minute = static_cast<std::uint32_t>(std::chrono::floor<std::chrono::minutes>(now - monday).count());
  const auto after = std::upper_bound(timetable.begin(), timetable.end(), minute,
                                      [](std::uint32_t at, const TimetableEntry& entry) { return at < entry.minute; });
  const auto next = static_cast<std::size_t>(after - timetable.begin());
  const TimetableEntry& current = next == 0 ? timetable.back() : timetable[next - 1];
  for (std::size_t i = 0; i < timetable.size(); ++i) {
    const std::size_t at = next + i;
    const TimetableEntry& entry = timetable[at % timetable.size()];
    const std::uint32_t weeks = at / timetable.size() > 0 ? kMinutesPerWeek : 0;
    if (entry.limit != current.limit) return {&current, monday + std::chrono::minutes{entry.minute + weeks}};
  }
  return {&current, std::nullopt};
}

bool is_less(RateLimit a, RateLimit b) {
  return a && (!b || *a < *b);
}

}  // namespace

Result<RateLimit> parse_rate(std::string_view text) {
  const std::string_view wanted = trimmed(text);
  if (wanted == "off") return RateLimit{};
  if (wanted == "pause" || wanted == "0") return RateLimit{0};
  const auto number = leading_number(wanted);
  if (!number) return bad_rate(text);
  const double value = number->first;
  const std::string_view unit_name = number->second;
  const auto unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return u.name == unit_name; });
  if (unit == kUnits.end()) return bad_rate(text);
  const double bytes_per_s = value * unit->bytes_per_s;
  // Ten thousand gigabit are a typing error.
  if (!(bytes_per_s <= 1.25e12)) return bad_rate(text);
  // So small that it would round to a pause, which has a word of its own.
  if (value > 0 && bytes_per_s < 1) return bad_rate(text);
  return RateLimit{static_cast<std::uint64_t>(std::llround(bytes_per_s))};
}

std::string format_rate(RateLimit limit) {
  if (!limit) return "off";
  if (*limit == 0) return "pause";
  const double bits_per_s = static_cast<double>(*limit) * 8;
  for (const auto& [name, scale] : {std::pair{"Gbit/s", 1e9}, {"Mbit/s", 1e6}, {"kbit/s", 1e3}}) {
    const double thousandths = bits_per_s / scale * 1000;
    const bool exact = thousandths == std::floor(thousandths);
    if (bits_per_s >= scale && exact) return fmt::format("{:g} {}", bits_per_s / scale, name);
  }
  return fmt::format("{} bit/s", *limit * 8);
}

Result<Timetable> parse_timetable(const std::vector<std::string>& entries) {
  Timetable timetable;
  for (const std::string& line : entries) {
    DL_TRY(Timetable more, parse_entry(line));
    timetable.insert(timetable.end(), more.begin(), more.end());
  }
  std::stable_sort(timetable.begin(), timetable.end(),
                   [](const TimetableEntry& a, const TimetableEntry& b) { return a.minute < b.minute; });
  const auto twice =
      std::adjacent_find(timetable.begin(), timetable.end(),
                         [](const TimetableEntry& a, const TimetableEntry& b) { return a.minute == b.minute; });
  if (twice != timetable.end()) {
    return bad_entry(std::next(twice)->text, fmt::format("'{}' is for the same minute of {}", twice->text,
                                                         kDays[twice->minute / kMinutesPerDay]));
  }
  return timetable;
}

BandwidthDecision decide(const BandwidthPlan& plan, UtcTime now, bool pass_active) {
  const Scheduled table = scheduled(plan.timetable, now);
  BandwidthDecision decision{std::nullopt, "no limit is configured", table.next_change};
  if (table.entry != nullptr) {
    decision.limit = table.entry->limit;
    decision.reason = fmt::format("timetable entry '{}'", table.entry->text);
  }
  if (plan.overridden && (!plan.overridden->until || now < *plan.overridden->until)) {
    decision = {plan.overridden->limit, "set by the operator", plan.overridden->until};
    if (plan.overridden->until) decision.reason += fmt::format(" until {}", format_utc(*plan.overridden->until));
  }
  if (pass_active && plan.during_pass && is_less(*plan.during_pass, decision.limit)) {
    decision.limit = *plan.during_pass;
    decision.reason = "a pass is being received";
  }
  return decision;
}

}  // namespace dl::uplink
